"""Reference of the endpoint as a page without scripts."""

from ..reports._html import escape, make_page, section

_STYLE = """\
td { vertical-align: top; }
td > code { white-space: nowrap; }
.text td:first-child { overflow-wrap: normal; }
.side { margin-bottom: 1rem; }
"""


def reference_page(schema, about):
    """Return the operations and contents of an OpenAPI description as an HTML page.

    Parameters
    ----------
    schema : dict
        OpenAPI description.
    about : str
        First paragraph.

    Returns
    -------
    str
    """
    components = schema["components"]["schemas"]
    parts = [f"<p>{escape(about)}</p>", '<p>Machine-readable: <a href="/v1/openapi.json">OpenAPI']
    parts[-1] += " description</a>.</p>"
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            title = f"{method.upper()} {path}"
            content = operation.get("requestBody", {}).get("content", {})
            fields = [_fields(components[_name(kind["schema"])]) for kind in content.values()]
            answers = "".join(
                f"<tr><td>{status}</td><td>{escape(answer['description'])}</td></tr>"
                for status, answer in operation["responses"].items()
            )
            fields += [f"<h3>Responses</h3>{_table(answers)}"]
            parts.append(section(title, escape(operation.get("description", "")), "".join(fields)))
    for name, component in components.items():
        # The form is part of its operation; FastAPI's own errors are replaced.
        if not name.startswith(("Body_", "HTTPValidationError", "ValidationError")):
            about = escape(component.get("description", ""))
            parts.append(section(name, about, _fields(component, heading=False)))
    return make_page(schema["info"]["title"], "\n".join(parts), _STYLE)


def _name(schema):
    return schema["$ref"].rpartition("/")[2]


def _fields(component, heading=True):
    required = component.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_type(field))}"
        f"{'' if name in required else _default(field)}</td>"
        f"<td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in component.get("properties", {}).items()
    )
    return f"{'<h3>Fields</h3>' if heading else ''}{_table(rows)}"


def _table(rows):
    return f'<div class="side"><table class="text">{rows}</table></div>'


def _default(field):
    return f", default {escape(str(field['default']))}" if "default" in field else ""


def _type(field):
    """Return the type of a field in words."""
    if "$ref" in field:
        return _name(field)
    if "anyOf" in field:
        return " or ".join(map(_type, field["anyOf"]))
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    kind = field.get("type", "any")
    if kind == "array":
        return f"list: {_type(field['items'])}" if "items" in field else "list of numbers"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"{_type(field['additionalProperties'])} per name"
    if field.get("format") == "binary" or "contentMediaType" in field:
        return "file"
    return str(field.get("const", kind))
