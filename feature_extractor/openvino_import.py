"""The import of OpenVINO without its telemetry."""

import sys


def forbid_telemetry() -> None:
    """Make `import openvino` (and NNCF) unable to report anything to anyone; call it before either is imported.

    OpenVINO sends an event to an analytics service whenever it is imported, unless a file in the user's home says
    otherwise, through the package `openvino_telemetry`. Where that package cannot be imported OpenVINO and NNCF put a
    silent stand-in in its place, so we make it unimportable: no event, no file in the home, no child process.
    """
    if sys.modules.get("openvino_telemetry") is None:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # None: the documented way to forbid an import
