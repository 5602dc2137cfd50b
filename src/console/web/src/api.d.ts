// Made by `npm run types` from ../../openapi.json. Do not edit.

export interface paths {
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts, the latest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `new`, `acknowledged`, `closed`; several parted by commas. */
                    state?: string | null;
                    /** @description Several parted by commas. */
                    severity?: string | null;
                    /** @description Text in title, source, addresses or protocol, whatever case. */
                    search?: string | null;
                    /** @description From 1. */
                    page?: number | null;
                    /** @description At most 200. */
                    size?: number | null;
                    /** @description `last` (the default), `first`, `severity` or `count`; with `-` in front smallest first. */
                    sort?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertPage"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert with its meaning, reasons and what to do. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes note of an alert. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes an alert: as normal, which is learnt, or as an incident. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CloseRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertDetail"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The packets of an alert as pcapng. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-pcapng": unknown;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Assets in the order they were found. */
        get: {
            parameters: {
                query?: {
                    /** @description Text in any address, name, vendor or model, whatever case. */
                    search?: string | null;
                    role?: ("plc" | "hmi" | "engineering_station" | "server") | null;
                    /** @description From 1. */
                    page?: number | null;
                    /** @description At most 200. */
                    size?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AssetPage"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One asset with its facts, each with its source, and its links. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AssetDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is detected, and what each detection means. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DetectionView"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo/attacks/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Has an attack come in the demo plant. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DemoState"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Server-sent events: `alert` (a row that is new or changed), `overview` (the first page), `reload` (too much was missed). */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": unknown;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LoginRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs out. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The first page. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Overview"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is logged in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the first user is still to be made. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SetupNeeded"];
                    };
                };
            };
        };
        put?: never;
        /** Makes the first user with the token of the one-time link, and logs in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SetupRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SessionView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uplink": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** State and queue. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReportView"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uplink/enabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turns reporting on or off. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EnableRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReporterStatus"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uplink/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What would leave the factory. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PreviewView"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One alert with all that a person needs to act. */
        AlertDetail: components["schemas"]["AlertRow"] & {
            advice: components["schemas"]["Text"];
            causes: components["schemas"]["Text"];
            class?: components["schemas"]["Class"] | null;
            comment?: string | null;
            evidence: components["schemas"]["EvidenceView"];
            /** @description "This is normal" would teach something. */
            learnable: boolean;
            meaning: components["schemas"]["Text"];
            reasons: components["schemas"]["Text"][];
            techniques: string[];
        };
        AlertPage: {
            items: components["schemas"]["AlertRow"][];
            total: number;
        };
        /** @description One alert of an `alert.batch`. */
        AlertRecord: {
            alert_id: string;
            category: components["schemas"]["EventCategory"];
            closing?: components["schemas"]["Closing"] | null;
            /** Format: int64 */
            count: number;
            destination?: components["schemas"]["MaskedParty"] | null;
            first_seen: components["schemas"]["Timestamp"];
            last_seen: components["schemas"]["Timestamp"];
            name_en: string;
            /** @description From the language files or the rule file, never from traffic. */
            name_zh: string;
            operation_class?: components["schemas"]["Class"] | null;
            outcome?: components["schemas"]["Outcome"] | null;
            protocol: string;
            /** @description Detection id, rule number or YARA rule. */
            rule_id: string;
            severity: components["schemas"]["Severity"];
            source?: components["schemas"]["MaskedParty"] | null;
            status: components["schemas"]["State"];
            techniques: string[];
        };
        /** @description A row of the list of alerts. */
        AlertRow: {
            client?: components["schemas"]["PartyView"] | null;
            closing?: components["schemas"]["Closing"] | null;
            /** Format: int64 */
            count: number;
            first: components["schemas"]["Timestamp"];
            id: string;
            last: components["schemas"]["Timestamp"];
            outcome?: components["schemas"]["Outcome"] | null;
            protocol: string;
            server?: components["schemas"]["PartyView"] | null;
            severity: components["schemas"]["Severity"];
            /** @description Detection id, rule number `gid:sid:rev`, or YARA rule. */
            source: string;
            state: components["schemas"]["State"];
            title: components["schemas"]["Text"];
        };
        /** @description One asset with how we know what we know. */
        AssetDetail: components["schemas"]["AssetRow"] & {
            facts: components["schemas"]["FactView"][];
            links: components["schemas"]["LinkView"][];
            roles: components["schemas"]["RoleView"][];
            serves: string[];
            uses: string[];
        };
        AssetPage: {
            items: components["schemas"]["AssetRow"][];
            total: number;
        };
        /** @description A row of the list of assets. */
        AssetRow: {
            firmware?: string | null;
            first: components["schemas"]["Timestamp"];
            id: string;
            ips: string[];
            label: string;
            last: components["schemas"]["Timestamp"];
            macs: string[];
            model?: string | null;
            protocols: string[];
            role?: components["schemas"]["Role"] | null;
            /**
             * Format: int32
             * @description Percent.
             */
            role_confidence?: number | null;
            serial?: string | null;
            vendor?: string | null;
            vlan: number[];
        };
        /** @description A batch that was sealed; it is kept exactly as sent. */
        BatchView: {
            at?: components["schemas"]["Timestamp"] | null;
            msg_id: string;
            reason?: string | null;
            records: components["schemas"]["AlertRecord"][];
            sealed: components["schemas"]["Timestamp"];
            /** Format: int64 */
            seq: number;
            /** @description `unsent`, `accepted`, `rejected`. */
            state: string;
        };
        /**
         * @description What kind of act an operation is, over all protocols.
         * @enum {string}
         */
        Class: "read" | "write" | "control" | "program" | "identify" | "diagnose" | "configure" | "session" | "subscribe";
        CloseRequest: {
            closing: components["schemas"]["Closing"];
            comment?: string | null;
        };
        /**
         * @description Why an alert was closed.
         * @enum {string}
         */
        Closing: "normal" | "incident";
        DemoAttack: {
            detection: string;
            name: string;
            what: components["schemas"]["Text"];
        };
        /** @description The demo plant's attacks. */
        DemoState: {
            attacks: components["schemas"]["DemoAttack"][];
            /** @description The one going on. */
            running?: string | null;
        };
        /** @description A line of the catalogue. */
        DetectionView: {
            advice: components["schemas"]["Text"];
            causes: components["schemas"]["Text"];
            id: string;
            meaning: components["schemas"]["Text"];
            name: components["schemas"]["Text"];
            needs_baseline: boolean;
            severity: components["schemas"]["Severity"];
            techniques: string[];
            thresholds: components["schemas"]["ThresholdView"][];
        };
        EnableRequest: {
            enabled: boolean;
        };
        /** @description The body of every answer that is an error. */
        ErrorBody: {
            /** @description Key of the language files. */
            error: string;
            /** Format: int64 */
            retry_after?: number | null;
        };
        /** @description A category of GB/T 20986-2023. */
        EventCategory: {
            code: string;
            code_set: string;
            name: string;
            sub_category: string;
        };
        /** @description Conversations that a full table let go, by what was known of them. */
        Evicted: {
            /**
             * Format: int64
             * @description Nobody had answered.
             */
            attempts: number;
            /** Format: int64 */
            closed: number;
            /**
             * Format: int64
             * @description Spoke a control protocol.
             */
            control: number;
            /** Format: int64 */
            datagrams: number;
            /** Format: int64 */
            streams: number;
        };
        /** @description The packets of an alert. */
        EvidenceView: {
            /** @description A pcapng can be downloaded. */
            available: boolean;
            capture: string;
            complete: boolean;
            frames: number[];
            lost?: components["schemas"]["Text"] | null;
            /** Format: int32 */
            packets: number;
            sha256?: string | null;
        };
        FactView: {
            capture: string;
            /** Format: int32 */
            confidence: number;
            first: components["schemas"]["Timestamp"];
            frames: number[];
            kind: string;
            last: components["schemas"]["Timestamp"];
            /** @description Where on the wire it was read, and in which frame of which capture. */
            source: string;
            value: string;
        };
        LinkView: {
            /** Format: int64 */
            bytes: number;
            client: string;
            /** Format: int64 */
            conversations: number;
            first: components["schemas"]["Timestamp"];
            last: components["schemas"]["Timestamp"];
            /** Format: int64 */
            packets: number;
            protocol: string;
            server: string;
        };
        LoginRequest: {
            password: string;
            user: string;
        };
        /** @description A side of an alert as it leaves the factory. */
        MaskedParty: {
            /** @description Sixteen hexadecimal digits for a machine inside; a public address as it is, for it is the attacker's. */
            id: string;
            /** @description The maker's part of the MAC address. */
            mac_prefix?: string | null;
            role?: components["schemas"]["Role"] | null;
            /** @description `inside` or `outside`. */
            side: string;
        };
        /** @enum {string} */
        Mode: "learning" | "watching";
        /** @description Open alerts by severity. */
        OpenAlerts: {
            critical: number;
            high: number;
            info: number;
            low: number;
            medium: number;
            /** @description Of all these, not yet acknowledged. */
            new: number;
        };
        /**
         * @description How far an operation got, as far as the wire shows; a later one outweighs an earlier one.
         * @enum {string}
         */
        Outcome: "attempted" | "unanswered" | "refused" | "accepted" | "effective";
        /** @description The first page: is the sensor right, what did it learn, what is going on. */
        Overview: {
            alerts: components["schemas"]["OpenAlerts"];
            assets: number;
            demo?: components["schemas"]["DemoState"] | null;
            learning: components["schemas"]["StageView"][];
            links: number;
            /** @description The latest packet's time. */
            now: components["schemas"]["Timestamp"];
            ports: components["schemas"]["PortView"][];
            seen: components["schemas"]["SeenView"];
            uplink: components["schemas"]["ReporterStatus"];
            version: string;
            webhooks: components["schemas"]["SinkStatus"][];
        };
        PartyView: {
            asset?: string | null;
            ip?: string | null;
            label?: string | null;
            mac?: string | null;
            role?: components["schemas"]["Role"] | null;
        };
        PortView: {
            /** Format: int64 */
            frames: number;
            interface: string;
            /** Format: int64 */
            kernel_drops: number;
            last_frame?: components["schemas"]["Timestamp"] | null;
            up: boolean;
        };
        /** @description What would leave now, and nothing that would not. */
        PreviewView: {
            /** @description True where nothing waits and this shows the latest alert as it would leave. */
            example: boolean;
            records: components["schemas"]["AlertRecord"][];
            /** @description Alerts that wait, also those beyond the ones shown. */
            waiting: number;
        };
        /** @description The report to the next tier: its state and what was sent. */
        ReportView: {
            batches: components["schemas"]["BatchView"][];
            status: components["schemas"]["ReporterStatus"];
        };
        /** @description How reporting does, for the console. */
        ReporterStatus: {
            /** Format: int64 */
            accepted_batches: number;
            /**
             * Format: int64
             * @description Seconds by which the platform's clock is ahead of ours.
             */
            clock_offset_seconds?: number | null;
            enabled: boolean;
            last_error?: string | null;
            last_heartbeat?: components["schemas"]["Timestamp"] | null;
            /** Format: int32 */
            level: number;
            /**
             * Format: int64
             * @description Seconds until the next attempt after a failure.
             */
            next_attempt_seconds?: number | null;
            probe_id: string;
            registered: boolean;
            url: string;
            /** @description Alerts and batches that wait. */
            waiting_alerts: number;
            waiting_batches: number;
        };
        /**
         * @description What an asset does in the plant.
         * @enum {string}
         */
        Role: "plc" | "hmi" | "engineering_station" | "server";
        RoleView: {
            /** Format: int32 */
            confidence: number;
            reason: components["schemas"]["Text"];
            role: components["schemas"]["Role"];
        };
        /**
         * @description What is learnt apart from each other.
         * @enum {string}
         */
        Scenario: "hosts" | "links" | "functions" | "objects";
        /** @description What the sensor saw, missed and could not read since it started. */
        SeenView: {
            /** Format: int64 */
            acked_bytes: number;
            /** Format: int64 */
            bytes: number;
            /**
             * Format: int64
             * @description How far the sensor's clock was set, in all.
             */
            clock_step_ms: number;
            /** Format: int64 */
            dropped_events: number;
            /**
             * Format: int64
             * @description Frames that the mirror gave twice.
             */
            duplicates: number;
            /** Format: int64 */
            encrypted_messages: number;
            evicted: components["schemas"]["Evicted"];
            /** Format: int64 */
            evicted_flows: number;
            /**
             * Format: int64
             * @description Connections with data, each counted once a minute, and of these how many were seen in one direction only.
             */
            heard_streams: number;
            /** Format: int64 */
            kernel_drops: number;
            /** Format: int64 */
            one_sided_streams: number;
            /** Format: int64 */
            packets: number;
            /** Format: int64 */
            parsed_bytes: number;
            /** Format: int64 */
            truncated: number;
            /** Format: int64 */
            undecoded_bytes: number;
            /**
             * Format: int64
             * @description Bytes that could not wait for others before them any longer, as memory for that was used up.
             */
            unordered_bytes: number;
            /** Format: int64 */
            unseen_bytes: number;
        };
        SessionView: {
            user: string;
        };
        SetupNeeded: {
            needed: boolean;
        };
        SetupRequest: {
            password: string;
            token: string;
            user: string;
        };
        /**
         * @description 紧急, 高, 中, 低, 信息.
         * @enum {string}
         */
        Severity: "info" | "low" | "medium" | "high" | "critical";
        /** @description How a sink does. */
        SinkStatus: {
            /** Format: int64 */
            delivered: number;
            last_error?: string | null;
            name: string;
            /** @description The far end said that it is gone for good (410); nothing goes there until the address changes. */
            off: boolean;
            waiting: number;
        };
        StageView: {
            last_news?: components["schemas"]["Timestamp"] | null;
            mode: components["schemas"]["Mode"];
            /** Format: int64 */
            news: number;
            /**
             * Format: int32
             * @description Percent.
             */
            progress: number;
            scenario: components["schemas"]["Scenario"];
            watching_since?: components["schemas"]["Timestamp"] | null;
        };
        /** @enum {string} */
        State: "new" | "acknowledged" | "closed";
        /** @description A sentence in both languages. */
        Text: {
            en: string;
            zh: string;
        };
        ThresholdView: {
            name: string;
            unit: string;
            /** Format: int32 */
            value: number;
        };
        /**
         * Format: date-time
         * @description Nanoseconds since 1970-01-01T00:00:00Z: the packet's clock, the only one up to the analyst.
         *
         *     Text form: RFC 3339 in UTC with nine digits, `2026-01-01T08:00:00.000123456Z`.
         */
        Timestamp: string;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
