"""Whether OpenTelemetry's own variables ask for traces; the rest of them its library reads by itself."""

import os
from collections.abc import Mapping

_WHERE = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def traces_wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Where an address or the exporter `otlp` is named, unless OTEL_SDK_DISABLED or the exporter `none` is against it.

    Without any of them OpenTelemetry would send to a port of this machine; here nothing is sent then.
    """
    exporters = {part.strip().lower() for part in environ.get("OTEL_TRACES_EXPORTER", "").split(",")} - {""}
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or (exporters and "otlp" not in exporters):
        return False
    return bool(exporters) or any(environ.get(name, "").strip() for name in _WHERE)
