"""Making the model that serves. Needs the packages of requirements.txt; serving never imports any of this."""

from feature_extractor.openvino_import import forbid_telemetry

forbid_telemetry()  # at import, as OpenVINO and NNCF report theirs at import
