// The other stack of make.py: a client that reads, writes, sends a message of several chunks and watches; and a server.
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

async function client(url) {
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
    const value = Float64Array.from({ length: 2500 }, (_, n) => n + 0.5);
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
    space.addVariable({
        componentOf: oven,
        nodeId: "s=Oven.Heat",
        browseName: "Heat",
        dataType: DataType.Double,
        value: { dataType: DataType.Double, value: 180 },
        accessLevel: "CurrentRead | CurrentWrite",
        userAccessLevel: "CurrentRead | CurrentWrite",
    });
    await server.start();
    console.log("ready");
    process.on("SIGTERM", () => server.shutdown(0).then(() => process.exit(0)));
}

const [what, argument] = process.argv.slice(2);
({ client, serve })[what](argument).then(
    () => what === "client" && process.exit(0),
    (error) => {
        console.error(error);
        process.exit(1);
    },
);
