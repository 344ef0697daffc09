"""pySigma plugin: rekey's backends, found by sigma-cli."""

from rekey.converters.elastic.sigma_backend import RekeyElasticBackend
from rekey.converters.splunk.query import RekeySplunkBackend

backends = {"rekey_elastic": RekeyElasticBackend, "rekey_splunk": RekeySplunkBackend}

__all__ = ["RekeyElasticBackend", "RekeySplunkBackend"]
