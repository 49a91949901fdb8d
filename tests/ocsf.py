"""A checker for events of the OCSF class Data Security Finding (2006), written from the published schema, version 1.8.

Each object lists its attributes with their types; ``!`` marks what is required. A type in brackets is a list, a name in
capitals another object, ``enum`` a number whose caption stands beside it.
"""

import re
from typing import Any

ENUMS = {
    "activity_id": {1: "Create", 2: "Update", 3: "Close"},
    "category_uid": {2: "Findings"},
    "class_uid": {2006: "Data Security Finding"},
    "severity_id": {1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical", 6: "Fatal"},
    "status_id": {1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved", 5: "Archived", 6: "Deleted"},
    "confidence_id": {0: "Unknown", 1: "Low", 2: "Medium", 3: "High"},
    "analytic.type_id": {0: "Unknown", 1: "Rule", 2: "Behavioral", 3: "Statistical", 4: "Learning (ML/DL)"},
    "category_id": {1: "Personal", 2: "Governmental", 3: "Financial", 4: "Business"},
    "confidentiality_id": {0: "Unknown", 1: "Not Confidential", 2: "Confidential", 3: "Secret", 4: "Top Secret"},
    "data_lifecycle_state_id": {0: "Unknown", 1: "Data at-Rest", 2: "Data in-Transit", 3: "Data in-Use"},
    "detection_system_id": {1: "Endpoint", 2: "DLP Gateway", 4: "Data Discovery & Classification"},
    "file.type_id": {0: "Unknown", 1: "Regular File", 2: "Folder"},
    "drive_type_id": {0: "Unknown", 1: "Removable", 2: "Fixed", 3: "Remote", 4: "CD-ROM", 5: "RAM Disk"},
    "device.type_id": {0: "Unknown", 1: "Server", 2: "Desktop", 3: "Laptop", 4: "Tablet", 5: "Mobile", 6: "Virtual"},
    "os.type_id": {0: "Unknown", 100: "Windows", 200: "Linux", 300: "macOS"},
    "user.type_id": {0: "Unknown", 1: "User", 2: "Admin", 3: "System"},
    "observable.type_id": {1: "Hostname", 7: "File Name", 45: "File Path"},
    "algorithm_id": {0: "Unknown", 1: "MD5", 2: "SHA-1", 3: "SHA-256"},
}  # fmt: skip
CAPTIONS = {
    "activity_id": "activity_name", "category_uid": "category_name", "class_uid": "class_name",
    "algorithm_id": "algorithm",
}  # fmt: skip

OBJECTS = {
    "event": "activity_id!enum activity_name:str category_uid!enum category_name:str class_uid!enum class_name:str "
    "type_uid!int type_name:str time!time timezone_offset:int severity_id!enum severity:str status_id:enum status:str "
    "confidence_id:enum confidence:str confidence_score:int is_alert:bool message:str metadata!METADATA "
    "finding_info!FINDING_INFO data_security:DATA_SECURITY file:FILE device:DEVICE actor:ACTOR "
    "observables:[OBSERVABLE] unmapped:any comment:str start_time:time end_time:time",
    "metadata": "version!version uid:str correlation_uid:str original_time:str logged_time:time log_name:str "
    "log_version:str tenant_uid:str product!PRODUCT profiles:[str]",
    "product": "name:str vendor_name:str version:str uid:str",
    "finding_info": "uid!str title:str desc:str types:[str] analytic:ANALYTIC first_seen_time:time last_seen_time:time "
    "created_time:time modified_time:time data_sources:[str] src_url:str",
    "analytic": "name:str uid:str type:str type_id!enum version:str category:str desc:str",
    "data_security": "category_id:enum category:str confidentiality_id:enum confidentiality:str "
    "data_lifecycle_state_id:enum data_lifecycle_state:str detection_system_id:enum detection_system:str "
    "detection_pattern:str pattern_match:never classifier_details:CLASSIFIER discovery_details:[DISCOVERY] "
    "policy:POLICY",
    "classifier": "name:str type!str uid:str",
    "discovery": "type:str count:int value:never occurrences:[OCCURRENCE]",
    "occurrence": "cell_name:str column_name:str column_number:int end_line:int json_path:str page_number:int "
    "record_index_in_array:int row_number:int start_line:int",
    "policy": "name:str uid:str version:str is_applied:bool desc:str",
    "file": "name!str path:str parent_folder:str ext:str type_id!enum type:str size:int mime_type:str "
    "modified_time:time created_time:time accessed_time:time owner:USER hashes:[HASH] drive_type_id:enum "
    "drive_type:str is_encrypted:bool",
    "hash": "algorithm_id!enum algorithm:str value!str",
    "device": "hostname:str uid:str name:str type_id!enum type:str os:OS ip:str",
    "os": "name!str type_id!enum type:str build:str version:str",
    "actor": "user:USER",
    "user": "name:str uid:str type_id:enum type:str",
    "observable": "name:str type_id!enum type:str value:str",
}
ONE_OF = {
    "product": {"name", "uid"},
    "policy": {"name", "uid"},
    "classifier": {"name", "uid"},
    "occurrence": {"cell_name", "column_name", "column_number", "page_number", "row_number", "start_line"},
    "device": {"hostname", "uid", "name", "ip"},
    "user": {"name", "uid"},
    "data_security": {"data_lifecycle_state_id", "detection_pattern", "detection_system_id", "policy"},
}
PLAIN = {"str": str, "int": int, "bool": bool, "time": int, "any": dict, "version": str}


def errors(event: dict[str, Any]) -> list[str]:
    """What is wrong with the event; empty when it validates."""
    found = _object("event", event, "")
    if event.get("type_uid") != event.get("class_uid", 0) * 100 + event.get("activity_id", 0):
        found.append("type_uid is not class_uid * 100 + activity_id")
    return found


def _object(kind: str, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not an object"]
    known = {m[1]: (m[2] == "!", m[3]) for m in re.finditer(r"(\w+)([!:])(\S+)", OBJECTS[kind])}
    found = [f"{path}.{name}: unknown attribute" for name in value.keys() - known.keys()]
    found += [f"{path}.{name}: required" for name, (must, _) in known.items() if must and name not in value]
    if kind in ONE_OF and not ONE_OF[kind] & value.keys():
        found.append(f"{path}: none of {sorted(ONE_OF[kind])}")
    for name in value.keys() & known.keys():
        found += _value(known[name][1], value[name], f"{path}.{name}")
        if known[name][1] == "enum":
            found += _enum(kind, name, value, path)
    return found


def _value(kind: str, value: Any, path: str) -> list[str]:
    if kind.startswith("["):
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [error for item in value for error in _value(kind[1:-1], item, path)]
    if kind.isupper() or "_" in kind:
        return _object(kind.lower(), value, path)
    if kind == "never":
        return [f"{path}: would hold raw data"]
    if kind == "enum":
        return [] if type(value) is int else [f"{path}: not a number"]
    if type(value) is not PLAIN[kind]:
        return [f"{path}: not of type {kind}"]
    if kind == "time" and not 10**11 < abs(value) < 10**14 and value:
        return [f"{path}: not in milliseconds"]
    return [] if kind != "version" or re.fullmatch(r"\d+\.\d+\.\d+", value) else [f"{path}: not a version"]


def _enum(kind: str, name: str, value: dict[str, Any], path: str) -> list[str]:
    captions = ENUMS.get(f"{kind}.{name}") or ENUMS[name]
    if value[name] not in captions:
        return [f"{path}.{name}: {value[name]} is not in the list"]
    said = value.get(CAPTIONS.get(name, name.removesuffix("_id")))
    return [] if said in (None, captions[value[name]]) else [f"{path}.{name}: the caption is not {said!r}"]
