"""Public module paths of public objects."""


def set_public_module(namespace, names):
    """Set ``__module__`` of public classes and functions to the package that exports them.

    Saved models, representations and documentation then show ``fertools.features`` instead of
    the private file that holds the definition, so that private files can be renamed.

    Parameters
    ----------
    namespace : dict
        ``globals()`` of the package.
    names : iterable of str
        Names of the objects; those that are not defined in the package stay unchanged.
    """
    package = namespace["__name__"]
    for name in names:
        item = namespace[name]
        if getattr(item, "__module__", "").startswith(f"{package}."):
            item.__module__ = package
