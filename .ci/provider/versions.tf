# The provider that the real runs of the tests use, mirrored once for all of them.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
