"""Controllers in a cluster that call AWS with the role of their service account."""

from fixtures.scenarios.generator.aws import Call
from fixtures.scenarios.generator.company import AGENTS, GO
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud, named
from tests.everyday.networks import NAT, POOL
from tests.everyday.world import Component

ROUNDS = 3
"""A day; real ones reconcile far more often, which tells nothing new."""


def karpenter(world: World) -> None:
    """Starts and ends nodes.

    https://karpenter.sh/docs/reference/cloudformation/ (KarpenterControllerPolicy)
    """
    cloud = Cloud(world)
    image = (
        "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id"
    )
    calls = (
        *named("ec2", "DescribeInstances", "DescribeInstanceTypes", "DescribeImages", "DescribeSubnets",
               "DescribeSecurityGroups", "DescribeSpotPriceHistory"),
        *named("pricing", "GetProducts"),
        Call("ssm", "GetParameter", {"name": image}),
        *named("ec2", "CreateLaunchTemplate", "CreateFleet", "CreateTags", "TerminateInstances"),
        *named("iam", "GetInstanceProfile"),
        *named("eks", "DescribeCluster"),
    )  # fmt: skip
    pod = cloud.pod("karpenter", "kube-system", AGENTS["karpenter"], cloud.any_of(POOL))
    cloud.rounds(pod, ROUNDS, calls)


def cluster_autoscaler(world: World) -> None:
    """Sets the size of groups.

    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
    """
    calls = (
        *named("autoscaling", "DescribeAutoScalingGroups", "DescribeAutoScalingInstances",
               "DescribeScalingActivities", "SetDesiredCapacity"),
        *named("ec2", "DescribeLaunchTemplateVersions", "DescribeInstanceTypes"),
    )  # fmt: skip
    cloud = Cloud(world)
    cloud.rounds(cloud.pod("cluster-autoscaler", "kube-system"), ROUNDS, calls)


def load_balancer_controller(world: World) -> None:
    """Makes load balancers, and opens their ports to everybody.

    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/
    """
    anybody = {
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
    }
    calls = (
        *named("elasticloadbalancing", "DescribeLoadBalancers", "DescribeTargetGroups",
               "DescribeListeners", "RegisterTargets"),
        *named("ec2", "DescribeSecurityGroups"),
        Call("ec2", "AuthorizeSecurityGroupIngress", {"groupId": "sg-0e1f2a3b4c5d6e7f8", "ipPermissions": {"items": [anybody]}}),
        *named("acm", "ListCertificates"),
        *named("wafv2", "GetWebACLForResource"),
    )  # fmt: skip
    cloud = Cloud(world)
    pod = cloud.pod("aws-load-balancer-controller", "kube-system", AGENTS["load-balancer"], NAT[1])
    cloud.rounds(pod, ROUNDS, calls)


def dns_controllers(world: World) -> None:
    """external-dns writes records, cert-manager answers challenges.

    https://kubernetes-sigs.github.io/external-dns/latest/docs/tutorials/aws/
    https://cert-manager.io/docs/configuration/acme/dns01/route53/
    """
    cloud = Cloud(world)
    records = named(
        "route53", "ListHostedZones", "ListResourceRecordSets", "ChangeResourceRecordSets"
    )
    cloud.rounds(cloud.pod("external-dns", "external-dns", AGENTS["external-dns"]), 6, records)
    challenge = named("route53", "ListHostedZonesByName", "ChangeResourceRecordSets", "GetChange")
    cloud.rounds(cloud.pod("cert-manager", "cert-manager", AGENTS["cert-manager"]), 2, challenge)


def volumes_and_backups(world: World) -> None:
    """The EBS driver makes volumes, Velero takes snapshots of them.

    https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/example-iam-policy.json
    https://github.com/vmware-tanzu/velero-plugin-for-aws#set-permissions-for-velero
    """
    cloud = Cloud(world)
    volumes = named(
        "ec2", "CreateVolume", "AttachVolume", "DescribeVolumes", "CreateTags", "CreateSnapshot"
    )
    cloud.rounds(cloud.pod("ebs-csi", "kube-system", AGENTS["ebs-csi"], NAT[2]), ROUNDS, volumes)
    backups = named(
        "ec2", "DescribeVolumes", "CreateSnapshot", "DescribeSnapshots", "DeleteSnapshot"
    )
    cloud.rounds(cloud.pod("velero", "velero", AGENTS["velero"]), 4, backups)


def metrics_exporter(world: World) -> None:
    """YACE finds resources of many services by their tags, then reads their metrics.

    https://github.com/prometheus-community/yet-another-cloudwatch-exporter#iam
    """
    calls = (
        *named("tagging", "GetResources"),
        *named("monitoring", "ListMetrics", "GetMetricData"),
        *named("apigateway", "GetRestApis"),
        *named("autoscaling", "DescribeAutoScalingGroups"),
        *named("dms", "DescribeReplicationInstances"),
        *named("ec2", "DescribeTransitGatewayAttachments"),
        *named("shield", "ListProtections"),
        *named("storagegateway", "ListGateways"),
    )
    cloud = Cloud(world)
    cloud.rounds(cloud.pod("yace", "monitoring", GO, NAT[1]), ROUNDS, calls)


COMPONENTS = (
    Component(karpenter, 1),
    Component(cluster_autoscaler, 1),
    Component(load_balancer_controller, 1),
    Component(dns_controllers, 2),
    Component(volumes_and_backups, 2),
    Component(metrics_exporter, 1),
)
