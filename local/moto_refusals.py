"""What AWS refuses and moto does: patches of moto's own operations, so that StackSets, which call moto themselves, meet them too.

Each has its line in docs/local-aws.md, with AWS's page, and a test that quotes it. What only the front can know (the organization's
policies, Identity Center, StackSets) is refused there.
"""

import json
import re

from moto_patch import replace

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; "IAM doesn't count white space".
TRUST_CHARACTERS = 2048
MANAGED_CHARACTERS = 6144
INLINE_CHARACTERS = {"role": 10240, "user": 2048, "group": 5120}
ATTACHED_POLICIES = 10
TAGS = 50


def characters(document):
    return len(re.sub(r"\s", "", document))


def limit(kind, number):
    from moto.iam.exceptions import LimitExceededException

    return LimitExceededException(f"Cannot exceed quota for {kind}: {number}")


def conflict(what):
    from moto.iam.exceptions import DeleteConflictException

    return DeleteConflictException(f"Cannot delete entity, {what}.")


def patch_deletions(models):
    def delete_user(original):
        def delete(self, user_name):
            user = self.get_user(user_name)
            held = {
                "must delete access keys first": user.access_keys,
                "must delete login profile first": user.password,
                "must delete MFA device first": user.mfa_devices,
                "must delete signing certificates first": user.signing_certificates,
                "must delete SSH public keys first": user.ssh_public_keys,
                "must remove users from group first": [group for group in self.groups.values() if user in group.users],
            }
            for what, there in held.items():
                if there:
                    raise conflict(what)
            original(self, user_name)
            forget_principal(user.arn, user.id if user.id.startswith("AIDA") else f"AIDA{user.id[:17].upper()}")

        return delete

    def delete_role(original):
        def delete(self, role_name):
            role = self.get_role(role_name)
            original(self, role_name)
            forget_principal(role.arn, role.id)

        return delete

    def delete_policy(original):
        def delete(self, policy_arn):
            policy = self.get_policy(policy_arn)
            holders = [*self.roles.values(), *self.users.values(), *self.groups.values()]
            if any(policy_arn in holder.managed_policies for holder in holders):
                raise DeleteConflict("Cannot delete a policy attached to entities.")
            if len(policy.versions) > 1:
                raise DeleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
                    "The default version is deleted with the policy."
                )
            original(self, policy_arn)

        return delete

    def delete_group(original):
        def delete(self, group_name):
            group = self.groups.get(group_name)
            if group and group.users:
                raise conflict("must remove users from group first")
            if group and (group.policies or group.managed_policies):
                raise conflict("must detach all policies first")
            original(self, group_name)

        return delete

    def delete_device(original):
        def delete(self, serial_number):
            device = self.virtual_mfa_devices.get(serial_number)
            if device and device.user:
                raise DeleteConflict("MFA VirtualDevice in use. Must deactivate first.")
            original(self, serial_number)

        return delete

    from moto.iam.exceptions import DeleteConflictException as DeleteConflict

    replace(models.IAMBackend, "delete_user", delete_user)
    replace(models.IAMBackend, "delete_role", delete_role)
    replace(models.IAMBackend, "delete_policy", delete_policy)
    replace(models.IAMBackend, "delete_group", delete_group)
    replace(models.IAMBackend, "delete_virtual_mfa_device", delete_device)


def forget_principal(arn, unique_id):
    """
    A trust policy holds a principal by its unique id, so that who is made again under the name is somebody else. AWS shows the id
    once the principal is gone.
    """
    from moto.iam.models import iam_backends

    for account in list(iam_backends.values()):
        for backend in list(account.values()):
            for role in backend.roles.values():
                document = role.assume_role_policy_document
                if f'"{arn}"' in document:
                    role.assume_role_policy_document = document.replace(f'"{arn}"', f'"{unique_id}"')


def check_principals(account, document):
    """Users and roles that a trust policy names must exist, where this AWS can know it: in accounts of the organization."""
    from moto.iam.exceptions import MalformedPolicyDocument
    from moto.iam.models import iam_backends
    from moto.organizations.models import organizations_backends

    known = organizations_backends.master_accounts
    management = next((management for management, _ in known.values()), None)
    statements = json.loads(document).get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        for arn in named if isinstance(named, list) else [named]:
            match = re.fullmatch(r"arn:aws:iam::(\d{12}):(user|role)/(.+)", str(arn))
            if not match or not (match[1] in (account, management) or match[1] in known):
                continue
            backend = iam_backends[match[1]]["aws"]
            there = (backend.users if match[2] == "user" else backend.roles).values()
            if not any(one.arn == arn for one in there):
                raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{arn}"')


def patch_creations(models):
    from moto.iam.exceptions import EntityAlreadyExists
    from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

    def check_trust(account, document):
        IAMTrustPolicyDocumentValidator(document).validate()
        if characters(document) > TRUST_CHARACTERS:
            raise limit("ACLSizePerRole", TRUST_CHARACTERS)
        check_principals(account, document)

    def same_name(entities, name):
        return any(one.name.lower() == name.lower() for one in entities)

    def create_role(original):
        def create(self, role_name, assume_role_policy_document, *args, **kwargs):
            check_trust(self.account_id, assume_role_policy_document)
            if same_name(self.roles.values(), role_name):
                raise EntityAlreadyExists(f"Role with name {role_name} already exists.")
            return original(self, role_name, assume_role_policy_document, *args, **kwargs)

        return create

    def update_trust(original):
        def update(self, role_name, policy_document):
            self.get_role(role_name)
            check_trust(self.account_id, policy_document)
            original(self, role_name, policy_document)

        return update

    def create_user(original):
        def create(self, region_name, user_name, path="/", tags=None):
            if same_name(self.users.values(), user_name):
                raise EntityAlreadyExists(f"User with name {user_name} already exists.")
            if len(tags or []) > TAGS:
                raise limit("TagsPerUser", TAGS)
            return original(self, region_name, user_name, path, tags)

        return create

    def create_saml_provider(original):
        def create(self, name, saml_metadata_document):
            if name in self.saml_providers:
                raise EntityAlreadyExists(f"SAMLProvider with name {name} already exists.")
            return original(self, name, saml_metadata_document)

        return create

    def enable_device(original):
        def enable(self, user_name, serial_number, *args, **kwargs):
            device = self.virtual_mfa_devices.get(serial_number)
            if device and device.user:
                raise EntityAlreadyExists(f"MFA Device {serial_number} is already in use.")
            return original(self, user_name, serial_number, *args, **kwargs)

        return enable

    replace(models.IAMBackend, "create_role", create_role)
    replace(models.IAMBackend, "update_assume_role_policy", update_trust)
    replace(models.IAMBackend, "create_user", create_user)
    replace(models.IAMBackend, "create_saml_provider", create_saml_provider)
    replace(models.IAMBackend, "enable_mfa_device", enable_device)


def patch_quotas(models):
    def managed(original):
        def create(self, description, path, policy_document, *args, **kwargs):
            if characters(policy_document) > MANAGED_CHARACTERS:
                raise limit("PolicySize", MANAGED_CHARACTERS)
            return original(self, description, path, policy_document, *args, **kwargs)

        return create

    def version(original):
        def create(self, policy_arn, policy_document, *args, **kwargs):
            if characters(policy_document) > MANAGED_CHARACTERS:
                raise limit("PolicySize", MANAGED_CHARACTERS)
            return original(self, policy_arn, policy_document, *args, **kwargs)

        return create

    def inline(kind, get):
        def make(original):
            def put(self, name, policy_name, policy_json):
                others = [text for key, text in get(self, name).policies.items() if key != policy_name]
                if sum(map(characters, [*others, policy_json])) > INLINE_CHARACTERS[kind]:
                    raise limit(f"InlinePolicyBytesPer{kind.capitalize()}", INLINE_CHARACTERS[kind])
                return original(self, name, policy_name, policy_json)

            return put

        return make

    def attached(kind, get):
        def make(original):
            def attach(self, policy_arn, name):
                there = get(self, name).managed_policies
                if policy_arn not in there and len(there) >= ATTACHED_POLICIES:
                    raise limit(f"PoliciesPer{kind.capitalize()}", ATTACHED_POLICIES)
                return original(self, policy_arn, name)

            return attach

        return make

    entities = {
        "role": models.IAMBackend.get_role,
        "user": models.IAMBackend.get_user,
        "group": models.IAMBackend.get_group,
    }
    replace(models.IAMBackend, "create_policy", managed)
    replace(models.IAMBackend, "create_policy_version", version)
    for kind, get in entities.items():
        replace(models.IAMBackend, f"put_{kind}_policy", inline(kind, get))
        replace(models.IAMBackend, f"attach_{kind}_policy", attached(kind, get))


def patch_events():
    from moto.events import models
    from moto.events.exceptions import ValidationException

    def delete_bus(original):
        def delete(self, name):
            bus = self.event_buses.get(name)
            if bus and bus.rules:
                raise ValidationException(f"EventBus {name} can't be deleted since it has rules.")
            return original(self, name)

        return delete

    replace(models.EventsBackend, "delete_event_bus", delete_bus)


def patch_refusals():
    from moto.iam import models

    patch_deletions(models)
    patch_creations(models)
    patch_quotas(models)
    patch_events()
