"""What is done to machines, backups, buckets, queues and functions when nothing is wrong."""

from collections.abc import Iterable
from functools import partial

from fixtures.scenarios.generator.aws import Call
from fixtures.scenarios.generator.clock import daytime, nightly, weekday
from fixtures.scenarios.generator.company import BOTO, GO, LAMBDA
from fixtures.scenarios.generator.delivery import AWS_CLI, TERRAFORM
from fixtures.scenarios.generator.identities import PROD, role
from fixtures.scenarios.generator.world import World
from tests.everyday.cloud import Cloud, Job, named
from tests.everyday.networks import NAT
from tests.everyday.world import PERIOD, Component

ORGANISATION = "repo:acme-example"
VEEAM = "aws-sdk-dotnet-coreclr/3.7.400 ua/2.0 os/windows#10"


def _key(world: World) -> Call:
    ident = f"{world.hex(8)}-12ab-34cd-56ef-{world.hex(12)}"
    return Call("kms", "ScheduleKeyDeletion", {"pendingWindowInDays": 7, "keyId": ident})


def _versions(bucket: str, status: str) -> Call:
    settings = {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Status": status}
    request = {"bucketName": bucket, "versioning": "", "VersioningConfiguration": settings}
    return Call("s3", "PutBucketVersioning", request)


def _instance(**changed: object) -> Call:
    return Call("ec2", "ModifyInstanceAttribute", {"instanceId": "i-0a1b2c3d4e5f60718", **changed})


def _power(name: str) -> Call:
    return Call("ec2", name, {"instancesSet": {"items": [{"instanceId": "i-0a1b2c3d4e5f60718"}]}})


def _snapshots(world: World) -> Iterable[Call]:
    """Fifteen snapshots of disks, five of databases and two images that have grown old."""
    for _ in range(15):
        yield Call(
            "ec2", "DeleteSnapshot", {"snapshotId": f"snap-0{world.hex(16)}", "force": False}
        )
    for _ in range(5):
        yield Call("rds", "DeleteDBSnapshot", {"dBSnapshotIdentifier": f"db-{world.hex(6)}"})
    for _ in range(2):
        yield Call("ec2", "DeregisterImage", {"imageId": f"ami-0{world.hex(16)}"})


def snapshots_pruned_by_a_function(world: World) -> None:
    """A function of one's own deletes snapshots and images that are older than a month.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-deleting-snapshot.html
    """
    cloud = Cloud(world)
    issued = {
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": f"arn:aws:lambda:eu-central-1:{PROD}:function:prune",
    }
    worker = cloud.served("prune", "lambda", "prune", LAMBDA, NAT[0], issued)
    world.plan(nightly(world.random, PERIOD, 2), lambda at: worker.do(at, *_snapshots(world)))


def backup_appliance(world: World) -> None:
    """Veeam Backup for AWS keeps to its retention: snapshots, and recovery points of file systems.

    https://helpcenter.veeam.com/docs/vbaws/guide/backup_chain_efs.html
    """
    cloud = Cloud(world)
    appliance = cloud.instance("veeam", VEEAM, NAT[1])

    def retention(at: float) -> None:
        arn = f"arn:aws:backup:eu-central-1:{PROD}:recovery-point:"
        points = [
            Call("backup", "DeleteRecoveryPoint", {"backupVaultName": "veeam", "recoveryPointArn": arn + world.hex(8)})
            for _ in range(8)
        ]  # fmt: skip
        appliance.do(at, *_snapshots(world), *points)

    world.plan(nightly(world.random, PERIOD, 3), retention)


def test_environment(world: World) -> None:
    """`terraform apply` in the morning, `terraform destroy` at night: keys, vault, table, buckets.

    https://developer.hashicorp.com/terraform/cli/commands/destroy
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key
    """
    cloud = Cloud(world)
    # On a build server, so that neither token nor session tells that it is a job.
    server = cloud.instance("test-environment", TERRAFORM, NAT[2])
    point = {"pointInTimeRecoverySpecification": {"pointInTimeRecoveryEnabled": False}}

    def destroy(at: float) -> None:
        if weekday(at) < 5:
            server.do(
                at,
                *(_key(world) for _ in range(4)),
                *(_versions(f"test-{number}", "Suspended") for number in range(3)),
                Call("backup", "DeleteBackupVault", {"backupVaultName": "test"}),
                Call("dynamodb", "UpdateContinuousBackups", {"tableName": "test", **point}),
                _power("StopInstances"),
                _instance(userData="<sensitiveDataRemoved>"),
                _power("StartInstances"),
            )

    world.plan(nightly(world.random, PERIOD, 20), destroy)


def metadata_closed_by_a_function(world: World) -> None:
    """A function makes version 2 of the metadata service required on machines that were started without.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-existing-instances.html
    """
    cloud = Cloud(world)
    issued = {
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": f"arn:aws:lambda:eu-central-1:{PROD}:function:metadata",
    }
    worker = cloud.served("metadata", "lambda", "metadata", LAMBDA, NAT[0], issued)

    def closed(at: float) -> None:
        options = {"HttpTokens": "required", "InstanceId": f"i-0{world.hex(16)}"}
        request = {"ModifyInstanceMetadataOptionsRequest": options}
        worker.do(at, Call("ec2", "ModifyInstanceMetadataOptions", request))

    world.plan(nightly(world.random, PERIOD, 4), closed)


def previews_by_shell(world: World) -> None:
    """Jenkins empties the bucket of a preview by the CLI, and lets its key go.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html
    """
    cloud = Cloud(world)
    jenkins = cloud.instance("jenkins-previews", AWS_CLI, NAT[0])

    def gone(at: float) -> None:
        bucket = f"preview-{world.hex(5)}"
        deleted = Call("s3", "DeleteBucket", {"bucketName": bucket})
        jenkins.do(at, _versions(bucket, "Suspended"), deleted, _key(world))

    world.plan(daytime(world.random, PERIOD, 1), gone)


def databases_made_anew(world: World) -> None:
    """A function drops the databases of staging at night, and restores them from those of production.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html
    """
    cloud = Cloud(world)
    issued = {
        "issuerType": "AWS::Lambda::Function",
        "credentialsIssuedTo": f"arn:aws:lambda:eu-central-1:{PROD}:function:staging",
    }
    worker = cloud.served("staging", "lambda", "staging", LAMBDA, NAT[0], issued)

    def again(at: float) -> None:
        names = [{"dBInstanceIdentifier": f"staging-{number}"} for number in range(6)]
        calls = (
            ("ModifyDBInstance", {"deletionProtection": False, "applyImmediately": True}),
            ("DeleteDBInstance", {"skipFinalSnapshot": True}),
            ("RestoreDBInstanceFromDBSnapshot", {"dBSnapshotIdentifier": "nightly"}),
        )
        worker.do(at, *(Call("rds", act, {**name, **how}) for act, how in calls for name in names))

    world.plan(nightly(world.random, PERIOD, 3), again)


def website_previews(world: World) -> None:
    """A job makes a website's bucket for each pull request, and its policy, as the guide shows it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteAccessPermissionsReqd.html
    """
    cloud = Cloud(world)

    def publish(at: float) -> None:
        bucket = f"site-{world.hex(5)}"
        statement = {
            "Sid": "PublicReadGetObject", "Effect": "Allow", "Principal": "*",
            "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"],
        }  # fmt: skip
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        calls = (
            Call("s3", "CreateBucket", {"bucketName": bucket}),
            Call("s3", "DeleteBucketPublicAccessBlock", {"bucketName": bucket}),
            Call("s3", "PutBucketPolicy", {"bucketName": bucket, "bucketPolicy": policy}),
        )
        cloud.run(Job(role(PROD, "gha-website"), f"{ORGANISATION}/website:pull_request", calls), at)

    world.plan(daytime(world.random, PERIOD, 0.7), publish)


def queues_of_a_message_bus(world: World) -> None:
    """Services let a topic write to their queue when they start; the policy names it as condition.

    https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
    """
    cloud = Cloud(world)
    topic = f"arn:aws:sns:eu-central-1:{PROD}:orders"
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage",'
        f'"Resource":"*","Condition":{{"ArnEquals":{{"aws:SourceArn":"{topic}"}}}}}}]}}'
    )
    for number in range(3):
        queue = f"https://sqs.eu-central-1.amazonaws.com/{PROD}/orders-{number}"
        allow = Call(
            "sqs", "SetQueueAttributes", {"queueUrl": queue, "attributes": {"Policy": policy}}
        )
        cloud.rounds(cloud.pod(f"bus-{number}", "bus", GO), 1, (allow,))


def functions_deployed_by_a_build_server(world: World) -> None:
    """Jenkins on an instance looks at a function, and gives it new code; it knows its name.

    https://docs.aws.amazon.com/cli/latest/reference/lambda/update-function-code.html
    """
    cloud = Cloud(world)
    jenkins = cloud.instance("jenkins-functions", AWS_CLI, NAT[0])
    which = {"functionName": "orders"}
    deploy = (
        Call("lambda", "GetFunction20150331v2", which),
        Call("lambda", "UpdateFunctionCode20150331v2", {**which, "publish": True, "dryRun": False}),
    )
    world.plan(daytime(world.random, PERIOD, 2), lambda at: jenkins.do(at, *deploy))


def machines_resized_at_night(world: World) -> None:
    """A script makes machines small for the night, and large in the morning.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/change-instance-type-of-ebs-backed-instance.html
    """
    cloud = Cloud(world)
    script = cloud.instance("resizer", BOTO, NAT[1])

    def resize(size: str, at: float) -> None:
        changed = _instance(instanceType={"value": size})
        script.do(at, _power("StopInstances"), changed, _power("StartInstances"))

    world.plan(nightly(world.random, PERIOD, 21), partial(resize, "t3.medium"))
    world.plan(nightly(world.random, PERIOD, 6), partial(resize, "m6i.2xlarge"))


def network_plugin(world: World) -> None:
    """kube-router switches off the check of source and destination on the machines that join.

    https://github.com/cloudnativelabs/kube-router/issues/35
    """
    cloud = Cloud(world)
    off = _instance(sourceDestCheck={"value": False})
    plugin = cloud.pod("kube-router", "kube-system", GO, NAT[2])
    cloud.rounds(plugin, 2, (*named("ec2", "DescribeInstances"), off))


COMPONENTS = (
    Component(snapshots_pruned_by_a_function, 1),
    Component(backup_appliance, 1),
    Component(test_environment, 1),
    Component(previews_by_shell, 1),
    Component(databases_made_anew, 1),
    Component(website_previews, 1),
    Component(queues_of_a_message_bus, 3),
    Component(functions_deployed_by_a_build_server, 1),
    Component(machines_resized_at_night, 1),
    Component(network_plugin, 1),
    Component(metadata_closed_by_a_function, 1),
)
