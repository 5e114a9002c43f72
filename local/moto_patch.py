"""Patches of moto that fail by name when another version of moto lacks what they replace."""


def replace(owner, name, make):
    """Replaces `owner.name` by `make(original)`."""
    original = getattr(owner, name, None)
    if original is None:
        raise SystemExit(f"this version of moto has no {owner.__name__}.{name}: local/moto_bootstrap.py needs a look")
    setattr(owner, name, make(original))
