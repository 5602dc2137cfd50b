"""A publisher on open62541 (by o6): the same data sets over UDP, Ethernet and MQTT, in every form that it knows.

    python publish.py BROKER_PORT INTERFACE SECONDS
"""

from __future__ import annotations

import sys
import time

import o6
from o6.ns.ns0 import datatypes as t

PROFILE = "http://opcfoundation.org/UA-Profile/Transport/pubsub-"
PUBLISH_SUBSCRIBE, ADD_CONNECTION, ADD_GROUP, ADD_WRITER = "i=14443", "i=16598", "i=17427", "i=17969"
# Bits of the masks that the standard gives them (OPC 10000-14 sections 6.3.1 and 6.3.2).
WHOLE_HEADER = 0b111_1111_1111 & ~(1 << 9)
PLAIN_HEADER = 0b100_0101
RAW_FIELDS, STATUS_AND_TIME = 1 << 5, 0b11


def variables(server: o6.Server) -> list[o6.NodeId]:
    kinds = (("Speed", o6.Double(12.5)), ("Count", o6.UInt32(7)), ("Name", o6.String("A")))
    made = []
    for name, value in kinds:
        node = o6.NodeId(f"ns=1;s={name}")
        server.addVariable(name, server.objectsNode, value, nodeId=node)
        made.append(node)
    return made


def data_set(server: o6.Server, name: str, nodes: list[o6.NodeId]) -> None:
    types = {"Speed": 11, "Count": 7, "Name": 12}
    fields = []
    for node in nodes:
        kind = types[str(node).rsplit("=", 1)[1]]
        fields.append(
            t.FieldMetaData(name=str(node), builtInType=kind, dataType=o6.NodeId(f"i={kind}"), valueRank=-1)
        )
    published = [t.PublishedVariableDataType(publishedVariable=node, attributeId=13) for node in nodes]
    server.addPublishedDataSet(
        t.PublishedDataSetDataType(
            name=name,
            dataSetMetaData=t.DataSetMetaDataType(name=name, fields=fields),
            dataSetSource=t.PublishedDataItemsDataType(publishedData=published),
        )
    )


def writer(number: int, data_set: str, transport: object, message: object, fields: int = 0) -> t.DataSetWriterDataType:
    return t.DataSetWriterDataType(
        name=f"writer-{number}",
        enabled=True,
        dataSetWriterId=number,
        dataSetFieldContentMask=fields,
        keyFrameCount=3,
        dataSetName=data_set,
        transportSettings=transport,
        messageSettings=message,
    )


def group(number: int, message: object, transport: object) -> t.WriterGroupDataType:
    return t.WriterGroupDataType(
        name=f"group-{number}",
        enabled=True,
        securityMode=t.MessageSecurityMode.NONE,
        writerGroupId=number,
        publishingInterval=100.0,
        keepAliveTime=1000.0,
        transportSettings=transport,
        messageSettings=message,
    )


def uadp(mask: int) -> object:
    return t.UadpWriterGroupMessageDataType(groupVersion=700, networkMessageContentMask=mask)


def uadp_writer(mask: int = 0b10_0101) -> object:
    return t.UadpDataSetWriterMessageDataType(dataSetMessageContentMask=mask)


def add(server: o6.Server, parent: o6.NodeId | str, method: str, configuration: object) -> o6.NodeId:
    status, made = server.call(parent, method, [configuration])
    assert status == o6.StatusCode.GOOD, (configuration, status)
    return made


def connect(server: o6.Server, name: str, publisher: object, kind: str, url: str, interface: str, groups: list) -> None:
    connection = t.PubSubConnectionDataType(
        name=name,
        enabled=True,
        publisherId=publisher,
        transportProfileUri=PROFILE + kind,
        address=t.NetworkAddressUrlDataType(networkInterface=interface, url=url),
    )
    connection = add(server, PUBLISH_SUBSCRIBE, ADD_CONNECTION, connection)
    for configuration, writers in groups:
        made = add(server, connection, ADD_GROUP, configuration)
        for each in writers:
            add(server, made, ADD_WRITER, each)


def datagrams() -> list:
    both = [writer(1, "line", None, uadp_writer()), writer(2, "name", None, uadp_writer(), STATUS_AND_TIME)]
    return [
        (group(1, uadp(WHOLE_HEADER), None), both),
        (group(2, uadp(PLAIN_HEADER), None), [writer(3, "line", None, uadp_writer(), RAW_FIELDS)]),
    ]


def brokered(kind: str) -> list:
    topic = t.BrokerWriterGroupTransportDataType(
        queueName=f"opcua/{kind}/data/line",
        requestedDeliveryGuarantee=t.BrokerTransportQualityOfService.AT_LEAST_ONCE,
    )
    if kind == "json":
        message = t.JsonWriterGroupMessageDataType(networkMessageContentMask=0b11111)
        inner = t.JsonDataSetWriterMessageDataType(dataSetMessageContentMask=0b1_1111)
    else:
        message, inner = uadp(WHOLE_HEADER), uadp_writer()
    return [(group(1, message, topic), [writer(1, "line", None, inner)])]


def main(broker: str, interface: str, seconds: str) -> None:
    server = o6.Server(port=48430)
    server.start()
    nodes = variables(server)
    data_set(server, "line", nodes[:2])
    data_set(server, "name", nodes[2:])
    connect(server, "udp", o6.UInt16(2200), "udp-uadp", "opc.udp://224.0.0.22:4840/", interface, datagrams())
    connect(server, "ethernet", o6.UInt32(2201), "eth-uadp", "opc.eth://01-00-5E-00-00-16", interface, datagrams())
    for kind in ("uadp", "json"):
        url = f"opc.mqtt://127.0.0.1:{broker}"
        connect(server, f"mqtt-{kind}", o6.String(f"line-{kind}"), f"mqtt-{kind}", url, "", brokered(kind))
    server._setAllPubSubComponentsEnabled(True)
    end = time.monotonic() + float(seconds)
    count = 0
    while time.monotonic() < end:
        count += 1
        server.write("ns=1;s=Count", o6.UInt32(count))
        time.sleep(0.2)
    server.stop()


main(*sys.argv[1:])
