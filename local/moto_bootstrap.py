"""Starts moto's server for the local AWS. moto stays the engine; this file only does what cannot be done from outside.

1. Listens on a free port of 127.0.0.1 and prints it as one JSON line.
2. Ends when its standard input closes, so that a crash of the parent never leaves a server behind.
3. Lets a request say which ids the thing it creates is to get: header `x-local-seed`, a JSON object. The facts of the embedded
   example are committed with literal ids, and a seeded organization must have exactly these. Requests without the header get
   moto's own ids, from a seeded generator.
4. Mends what moto answers wrongly and the front cannot see: paging of accounts, ARNs of permission sets, closed lists of services.
5. Tells the front what stands around a decision (`/local-facts`): a role or user with all its policies, the policies of the organization
   along the chain of an account. The front decides; nothing is decided here.

Every patch asserts that its target exists: another version of moto fails here, at once and by name, not later and strangely.
"""

import json
import os
import sys
import threading
from urllib.parse import parse_qs

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ.pop("MOTO_ACCOUNT_ID", None)  # it would switch off accounts by request

from moto_patch import replace  # noqa: E402
from moto_refusals import patch_refusals  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

from moto.moto_api._internal import mock_random  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    create_backend_app,
)

_request = threading.local()


def seeded(key):
    """The value that the current request asks for, or None."""
    return getattr(_request, "seed", {}).get(key)


def patch_organizations():
    from moto.organizations import models, utils

    ids = {
        "make_random_org_id": "organization",
        "make_random_root_id": "root",
        "make_random_ou_id": "organizationalUnit",
        "make_random_account_id": "account",
        "make_random_policy_id": "policy",
    }
    for function, key in ids.items():
        replace(utils, function, lambda original, key=key: lambda *args: seeded(key) or original(*args))

    def create_organization(original):
        def create(self, region, **kwargs):
            described = original(self, region, **kwargs)
            self.get_account_by_id(self.account_id).name = seeded("managementName") or "management"
            return described

        return create

    replace(models.OrganizationsBackend, "create_organization", create_organization)

    def close(original):
        def close_account(self):
            original(self)
            self.status = self.state = seeded("status") or self.status

        return close_account

    replace(models.FakeAccount, "close", close)

    # AWS gives the role of a new account AdministratorAccess; moto gives it nothing.
    def account(original):
        def init(self, organization, **kwargs):
            original(self, organization, **kwargs)
            from moto.iam import iam_backends

            role = iam_backends[self.id]["global"].get_role(kwargs.get("RoleName", "OrganizationAccountAccessRole"))
            statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            role.policies.setdefault("AdministratorAccess", document)

        return init

    replace(models.FakeAccount, "__init__", account)

    # moto takes ids of the length it makes itself; AWS allows more.
    patterns = {
        "ROOT_ID_REGEX": r"r-[0-9a-z]{4,32}",
        "OU_ID_REGEX": r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}",
        "POLICY_ID_REGEX": r"p-[0-9a-zA-Z_]{8,128}",
    }
    for name, pattern in patterns.items():
        replace(utils, name, lambda _, pattern=pattern: pattern)

    # moto knows the services of a few years ago.
    known = staticmethod(lambda principal: principal.endswith(".amazonaws.com"))
    replace(models.FakeServiceAccess, "trusted_service", lambda _: known)
    replace(models.FakeDelegatedAdministrator, "supported_service", lambda _: known)
    # Accounts made in the same second share a JoinedTimestamp: paging by it loses some. AWS gives 20 to a page.
    utils.PAGINATION_MODEL["list_accounts"].update(unique_attribute="Id", limit_default=20)


def patch_identity_center():
    from moto.identitystore import models as store
    from moto.ssoadmin import models as admin

    def instance(original):
        def init(self, account_id, region):
            original(self, account_id, region)
            self.instance_arn = seeded("instanceArn") or self.instance_arn
            self.identity_store_id = seeded("identityStoreId") or self.identity_store_id

        return init

    replace(admin.Instance, "__init__", instance)

    def permission_set(original):
        def generate(instance_arn):
            made = original(instance_arn)  # …:instance/ssoins-x/ps-y, where AWS says …:permissionSet/ssoins-x/ps-y
            return seeded("permissionSetArn") or made.replace(":instance/", ":permissionSet/")

        return staticmethod(generate)

    replace(admin.PermissionSet, "generate_id", permission_set)

    def create_group(original):
        def create(self, identity_store_id, display_name, description):
            group_id, store_id = original(self, identity_store_id, display_name, description)
            groups = self.identity_stores[identity_store_id].groups
            group = groups.pop(group_id)._replace(
                GroupId=seeded("group") or group_id, ExternalIds=seeded("externalIds") or []
            )
            groups[group.GroupId] = group
            return group.GroupId, store_id

        return create

    replace(store.IdentityStoreBackend, "create_group", create_group)

    def describe_group(original):
        def describe(self, identity_store_id, group_id):
            original(self, identity_store_id, group_id)  # raises for a group that does not exist
            return self.identity_stores[identity_store_id].groups[group_id]  # moto leaves external ids out

        return describe

    replace(store.IdentityStoreBackend, "describe_group", describe_group)


def patch_iam():
    """
    1,485 AWS managed policies are parsed once, not once per account: 0.1 s for each of thousands of accounts.

    UpdateRole leaves alone what it is not given, as in AWS (Terraform updates a role's session duration without its description);
    moto empties the description.
    """
    from moto.core.responses import EmptyResult
    from moto.iam import models, responses

    shared = []

    def init_aws_policies(original):
        def init(self):
            if not shared:
                shared.extend(original(self))
            return list(shared)

        return init

    def update_role(_original):
        def update(self):
            role = self.backend.get_role(self._get_param("RoleName"))
            description = self._get_param("Description", role.description)
            duration = self._get_param("MaxSessionDuration", role.max_session_duration)
            self.backend.update_role(role.name, description, duration)
            return EmptyResult()

        return update

    replace(models.IAMBackend, "_init_aws_policies", init_aws_policies)
    replace(responses.IamResponse, "update_role", update_role)


def document_of(policy):
    """The document of a managed policy's default version."""
    version = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return version.document if isinstance(version.document, str) else json.dumps(version.document)


def policies_of(entity):
    """Inline and attached policies of a user, role or group, as name and document."""
    inline = [{"name": name, "document": text} for name, text in entity.policies.items()]
    return inline + [{"name": policy.name, "document": document_of(policy)} for policy in entity.managed_policies.values()]


def principal_facts(account, arn):
    """A role or user by its ARN with what decides about it, or None where there is no such one."""
    from moto.iam import iam_backends

    backend = iam_backends[account]["aws"]
    kind = arn.split(":", 5)[5].split("/", 1)[0]
    candidates = (backend.roles if kind == "role" else backend.users).values()
    found = next((one for one in candidates if one.arn == arn), None)
    if found is None:
        return None
    if kind == "role":
        boundary = found.permissions_boundary_arn
        tags = {tag["Key"]: tag["Value"] for tag in found.tags or []}
        more = {"trust": found.assume_role_policy_document, "maxSessionSeconds": int(found.max_session_duration or 3600)}
        policies = policies_of(found)
    else:
        boundary = getattr(found, "permissions_boundary_arn", None)
        tags = {tag["Key"]: tag["Value"] for tag in backend.tagger.list_tags_for_resource(found.arn)["Tags"]}
        groups = [group for group in backend.groups.values() if found in group.users]
        policies = [policy for holder in [found, *groups] for policy in policies_of(holder)]
        more = {"mfaDevices": sorted(found.mfa_devices), "hasPassword": found.password is not None}
    bound = backend.managed_policies.get(boundary) if boundary else None
    return {
        "id": found.id,
        "name": found.name,
        "tags": tags,
        "policies": policies,
        "boundary": {"name": bound.name, "document": document_of(bound)} if bound else None,
        **more,
    }


def provider_facts(account):
    """Identity providers of an account, by ARN."""
    from moto.iam import iam_backends

    backend = iam_backends[account]["aws"]
    return {
        "oidc": [{"arn": one.arn, "url": one.url, "audiences": one.client_id_list} for one in backend.open_id_providers.values()],
        "saml": [one.arn for one in backend.saml_providers.values()],
    }


def chain_facts(management, account):
    """The chain root, OUs, account with the policies at each level; None for an account outside the organization."""
    from moto.organizations import organizations_backends

    backend = organizations_backends[management]["aws"]
    by_id = {one.id: one for one in [*backend.ou, *backend.accounts]}
    if backend.org is None or account not in by_id:
        return None
    nodes = [by_id[account]]
    while nodes[0].parent_id in by_id:
        nodes.insert(0, by_id[nodes[0].parent_id])
    enabled = {kind["Type"] for kind in nodes[0].policy_types}
    return {
        "organization": backend.org.id,
        "active": getattr(by_id[account], "status", "ACTIVE") == "ACTIVE",
        "ids": [node.id for node in nodes],
        "levels": [
            [{"name": one.name, "type": one.type, "document": one.content} for one in node.attached_policies if one.type in enabled]
            for node in nodes
        ],
    }


def facts(query):
    """Answers `/local-facts`."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    if "principal" in asked:
        return principal_facts(asked["account"], asked["principal"])
    if "management" in asked:
        return chain_facts(asked["management"], asked["account"])
    return provider_facts(asked["account"])


class Application:
    """moto's application, with the seed of the request at hand and a plain answer for what moto lacks."""

    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/local-health":
            start_response("200 OK", [("Content-Length", "2")])
            return [b"ok"]
        if environ["PATH_INFO"] == "/local-facts":
            body = json.dumps(facts(environ["QUERY_STRING"])).encode()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        _request.seed = json.loads(environ.get("HTTP_X_LOCAL_SEED") or "{}")
        try:
            return self.moto(environ, start_response)
        except NotImplementedError as missing:
            return self.fail(start_response, "501 Not Implemented", str(missing) or "not implemented")
        except Exception as error:  # noqa: BLE001 - any crash of moto is an answer, not the end of the server
            import traceback

            traceback.print_exc()
            return self.fail(start_response, "501 Not Implemented", f"moto failed: {type(error).__name__}: {error}")

    @staticmethod
    def fail(start_response, status, message):
        body = json.dumps({"message": message}).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("x-local-missing", "1")])
        return [body]


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open; a call costs half
    disable_nagle_algorithm = True

    def log(self, *_args, **_kwargs):
        """Silent: the front has the log of calls."""


def exit_with_parent():
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main():
    mock_random.seed(20231123)
    patch_organizations()
    patch_identity_center()
    patch_iam()
    patch_refusals()
    server = make_server("127.0.0.1", 0, Application(), threaded=True, request_handler=Handler)
    server.daemon_threads = True
    threading.Thread(target=exit_with_parent, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
