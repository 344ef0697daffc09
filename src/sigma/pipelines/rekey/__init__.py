"""pySigma plugin: rekey's processing pipelines, found by sigma-cli."""

from rekey.converters.elastic.pipeline import rekey_elastic
from rekey.converters.splunk.pipeline import rekey_splunk

# Plain functions: pySigma's discovery lets two decorated ones collapse into one.
pipelines = {"rekey_elastic": rekey_elastic, "rekey_splunk": rekey_splunk}

__all__ = ["pipelines"]
