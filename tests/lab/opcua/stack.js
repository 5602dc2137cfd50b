// The other stack of stacks.py: a client that reads, writes, sends a message of several chunks and watches; and a server.
const {
    OPCUAClient, OPCUAServer, AttributeIds, DataType, Variant, VariantArrayType, UserTokenType, MessageSecurityMode,
    SecurityPolicy, TimestampsToReturn, ClientSubscription, ClientMonitoredItem, OPCUACertificateManager,
} = require("node-opcua");

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const write = (session, name, value) =>
    session.write({ nodeId: `ns=2;s=Line.${name}`, attributeId: AttributeIds.Value, value: { value } });

async function certificates() {
    const rootFolder = require("fs").mkdtempSync(require("os").tmpdir() + "/node-opcua-");
    const manager = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true });
    await manager.initialize();
    return manager;
}

async function client(url, first = 0.5) {
    const made = OPCUAClient.create({
        applicationName: "panel",
        securityMode: MessageSecurityMode.None,
        securityPolicy: SecurityPolicy.None,
        endpointMustExist: false,
        connectionStrategy: { maxRetry: 1 },
        clientCertificateManager: await certificates(),
        // The smallest buffer that the specification allows: large messages go in chunks.
        transportSettings: { sendBufferSize: 8192, receiveBufferSize: 8192, maxMessageSize: 1 << 20, maxChunkCount: 64 },
    });
    await made.connect(url);
    const session = await made.createSession({ type: UserTokenType.UserName, userName: "panel", password: "shift-8" });
    await session.browse("ns=2;s=Line");
    await session.read({ nodeId: "ns=2;s=Line.Speed", attributeId: AttributeIds.Value });
    const subscription = ClientSubscription.create(session, { requestedPublishingInterval: 50, publishingEnabled: true });
    ClientMonitoredItem.create(
        subscription,
        { nodeId: "ns=2;s=Line.Level", attributeId: AttributeIds.Value },
        { samplingInterval: 20, queueSize: 10 },
        TimestampsToReturn.Both,
    );
    await pause(300);
    await write(session, "Speed", new Variant({ dataType: DataType.Double, value: 88.5 }));
    await write(session, "Level", new Variant({ dataType: DataType.Double, value: 12.75 }));
    const value = Float64Array.from({ length: 2500 }, (_, n) => n + Number(first));
    await write(session, "Recipe", new Variant({ dataType: DataType.Double, arrayType: VariantArrayType.Array, value }));
    await session.call({
        objectId: "ns=2;s=Line",
        methodId: "ns=2;s=Line.Start",
        inputArguments: [new Variant({ dataType: DataType.Double, value: -1 })],
    });
    await pause(300);
    await subscription.terminate();
    await session.close();
    await made.disconnect();
}

/** A client that stays: it comes back after its connection broke, and takes its subscription along. */
async function stay(url) {
    const made = OPCUAClient.create({
        applicationName: "panel",
        endpointMustExist: false,
        connectionStrategy: { maxRetry: 20, initialDelay: 200, maxDelay: 400 },
        clientCertificateManager: await certificates(),
        keepSessionAlive: false,
    });
    await made.connect(url);
    const session = await made.createSession();
    const subscription = ClientSubscription.create(session, { requestedPublishingInterval: 100, publishingEnabled: true });
    const heat = { nodeId: "ns=1;s=Oven.Heat", attributeId: AttributeIds.Value };
    const item = ClientMonitoredItem.create(subscription, heat, { samplingInterval: 20, queueSize: 10 }, TimestampsToReturn.Both);
    await new Promise((done) => item.once("changed", done));
    await pause(500);
    const back = new Promise((done) => made.once("connection_reestablished", done));
    console.log("ready");
    await back;
    await pause(1500);
    await session.write({ ...heat, value: { value: new Variant({ dataType: DataType.Double, value: 199.5 }) } });
    await pause(500);
    const past = new Date(Date.now() - 3600_000);
    const { ReadProcessedDetails, ReadAtTimeDetails, HistoryReadRequest, QueryFirstRequest } = require("node-opcua");
    const average = "i=2342";
    const nodesToRead = [{ nodeId: "ns=1;s=Oven.Heat" }];
    const details = [
        new ReadProcessedDetails({ startTime: past, endTime: new Date(), processingInterval: 60_000, aggregateType: [average] }),
        new ReadAtTimeDetails({ reqTimes: [past, new Date()], useSimpleBounds: true }),
    ];
    for (const historyReadDetails of details) {
        const timestampsToReturn = TimestampsToReturn.Both;
        const request = new HistoryReadRequest({ historyReadDetails, nodesToRead, timestampsToReturn });
        await session.performMessageTransaction(request).catch((error) => console.error(error.message));
    }
    const query = new QueryFirstRequest({
        nodeTypes: [{ typeDefinitionNode: "i=58", includeSubTypes: true, dataToReturn: [{ attributeId: AttributeIds.Value }] }],
        maxDataSetsToReturn: 10,
    });
    await session.performMessageTransaction(query).catch((error) => console.error(error.message));
    await subscription.terminate();
    await session.close();
    await made.disconnect();
}

async function serve(port) {
    const server = new OPCUAServer({
        port: Number(port),
        resourcePath: "/oven",
        hostname: "127.0.0.1",
        buildInfo: { productName: "Oven", manufacturerName: "Other maker", softwareVersion: "9.1", buildNumber: "3" },
        serverCertificateManager: await certificates(),
        userCertificateManager: await certificates(),
        securityModes: [MessageSecurityMode.None],
        securityPolicies: [SecurityPolicy.None],
        allowAnonymous: true,
    });
    await server.initialize();
    const space = server.engine.addressSpace.getOwnNamespace();
    const oven = space.addObject({ organizedBy: server.engine.addressSpace.rootFolder.objects, browseName: "Oven" });
    const heat = space.addVariable({
        componentOf: oven,
        nodeId: "s=Oven.Heat",
        browseName: "Heat",
        dataType: DataType.Double,
        value: { dataType: DataType.Double, value: 180 },
        accessLevel: "CurrentRead | CurrentWrite",
        userAccessLevel: "CurrentRead | CurrentWrite",
    });
    server.engine.addressSpace.installHistoricalDataNode(heat);
    await server.start();
    console.log("ready");
    process.on("SIGTERM", () => server.shutdown(0).then(() => process.exit(0)));
}

const [what, ...given] = process.argv.slice(2);
({ client, serve, stay })[what](...given).then(
    () => what !== "serve" && process.exit(0),
    (error) => {
        console.error(error);
        process.exit(1);
    },
);
