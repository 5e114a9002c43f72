/** Stack of the workspaces: a person applies it, with a token of HCP Terraform. */
export const HCP_WORKSPACES = "hcp-workspaces";
