"""The proof on a real Elasticsearch: compiled rules against documents as integrations index them."""
