"""Where calls come from; no address belongs to anybody.

What has few networks is in those for documentation (RFC 5737). There are but three, so that
240.0.0.0/4, which is reserved (RFC 1112, 4), stands for whatever has many: hosted runners of a CI
service, public addresses of a cloud provider, homes and mobile networks of people.
"""

from random import Random

NAT = ("192.0.2.11", "198.51.100.22", "203.0.113.33")
"""A NAT gateway in each zone: a pod stays with one of them while it lives."""
POOL = ("192.0.2.140", "198.51.100.141", "203.0.113.142", "240.0.1.143")
"""One NAT gateway with secondary addresses: each connection takes any of them.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
"""
ON_PREMISES = "198.51.100.90"
LOAD_BALANCER = ("10.0.1.7", "10.0.18.9", "10.0.35.4")
"""The nodes of an internal load balancer, one in each subnet."""


def hosted_runner(rng: Random) -> str:
    """Give a fresh runner of a CI service: any of thousands of networks.

    https://docs.github.com/en/actions/reference/runners/github-hosted-runners#ip-addresses
    """
    return f"241.{rng.randrange(64)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def provider(rng: Random) -> str:
    """Give a public address of the cloud provider, as functions and new instances have."""
    return f"242.{rng.randrange(64)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def vendor(number: int, rng: Random) -> str:
    """Give a worker of a vendor: one of the addresses that it publishes, here in twelve networks.

    https://docs.datadoghq.com/api/latest/ip-ranges/
    """
    return f"243.{number}.{rng.randrange(12)}.{rng.randrange(1, 255)}"


def office(person: int) -> str:
    """Give the office, or the line at home, from which somebody mostly works."""
    return f"244.0.{person}.7"


def on_the_road(person: int, rng: Random) -> str:
    """Give an address in mobile networks, which changes."""
    return f"245.{person}.{rng.randrange(99)}.{rng.randrange(1, 255)}"


def pod(rng: Random) -> str:
    """Give a pod's address inside its cluster."""
    return f"10.244.{rng.randrange(10)}.{rng.randrange(2, 250)}"
