"""Give public objects their public module paths."""


def set_public_module(namespace, names):
    """Set ``__module__`` of public classes and functions to the package that exports them.

    Saved models, representations and documentation then name ``fertools.features`` instead of
    the private module of the definition, which can therefore be renamed.

    Parameters
    ----------
    namespace : dict
        ``globals()`` of the package.
    names : iterable of str
        Names of the objects. Objects that are not defined in the package are not changed.
    """
    package = namespace["__name__"]
    for name in names:
        item = namespace[name]
        if getattr(item, "__module__", "").startswith(f"{package}."):
            item.__module__ = package
