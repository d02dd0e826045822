#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""fits-schema.py SCHEMA <DOCUMENT: is the JSON what its schema says, and nothing that it does not say?

Exit status: 0 yes, 1 no, with what is wrong; 77 python3-jsonschema is not here.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("no python3-jsonschema")
    sys.exit(77)


def close(schema):
    """Users' schemas are open, so that fields can be added. Ours must know each of them."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            schema["additionalProperties"] = False
        for part in schema.values():
            close(part)
    elif isinstance(schema, list):
        for part in schema:
            close(part)
    return schema


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
errors = list(jsonschema.Draft7Validator(close(schema)).iter_errors(json.load(sys.stdin)))
for error in errors:
    print("/".join(str(part) for part in error.absolute_path) + ": " + error.message)
sys.exit(1 if errors else 0)
