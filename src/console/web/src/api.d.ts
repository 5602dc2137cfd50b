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
                    /** @description Detection id, `gid:sid` of a rule, or name of a YARA rule. */
                    source?: string | null;
                    /** @description An asset's id, at either end. */
                    asset?: string | null;
                    /** @description Who sees to it. */
                    assignee?: string | null;
                    /** @description Id of the first alert of a story. */
                    incident?: string | null;
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
    "/api/v1/alerts/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Does the same with many alerts. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BulkRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BulkDone"];
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
    "/api/v1/alerts/{id}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands an alert to somebody. */
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
                    "application/json": components["schemas"]["AssignRequest"];
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
    "/api/v1/alerts/{id}/comment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes something under an alert. */
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
                    "application/json": components["schemas"]["CommentRequest"];
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
    "/api/v1/analyses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Captures that were brought, the latest first. */
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
                        "application/json": components["schemas"]["AnalysisView"][];
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
        /** Takes a capture in, byte by byte to the disk, and has it looked at when its turn has come. */
        post: {
            parameters: {
                query: {
                    /** @description What the file is called. */
                    name: string;
                    /** @description Judge it by what the live plant has learnt. */
                    against_live?: boolean | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/octet-stream": unknown;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AnalysisView"];
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
    "/api/v1/analyses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One capture's state. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
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
                        "application/json": components["schemas"]["AnalysisView"];
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
    "/api/v1/analyses/{id}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its alerts, in the same form as the live ones. */
        get: {
            parameters: {
                query?: {
                    /** @description `new`, `acknowledged`, `closed`; several parted by commas. */
                    state?: string | null;
                    /** @description Several parted by commas. */
                    severity?: string | null;
                    /** @description Detection id, `gid:sid` of a rule, or name of a YARA rule. */
                    source?: string | null;
                    /** @description An asset's id, at either end. */
                    asset?: string | null;
                    /** @description Who sees to it. */
                    assignee?: string | null;
                    /** @description Id of the first alert of a story. */
                    incident?: string | null;
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
                path: {
                    id: number;
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
                        "application/json": components["schemas"]["AlertPage"];
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analyses/{id}/alerts/{alert}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of its alerts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                    alert: string;
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analyses/{id}/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Its assets, in the same form as the live ones. */
        get: {
            parameters: {
                query?: {
                    /** @description Text in any address, name, vendor or model, whatever case. */
                    search?: string | null;
                    role?: ("plc" | "hmi" | "engineering_station" | "server" | "scada" | "historian" | "gateway" | "drive" | "cnc" | "robot" | "camera" | "printer" | "switch" | "router" | "pc" | "phone") | null;
                    zone?: string | null;
                    /** @description Purdue level. */
                    level?: number | null;
                    flag?: ("authorised_scanner" | "engineering_station" | "redundant_pair") | null;
                    /** @description From 1. */
                    page?: number | null;
                    /** @description At most 200. */
                    size?: number | null;
                };
                header?: never;
                path: {
                    id: number;
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
                        "application/json": components["schemas"]["AssetPage"];
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analyses/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
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
                        "application/json": components["schemas"]["AnalysisView"];
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
    "/api/v1/analyses/{id}/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forgets it with its file and all that came of it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
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
                        "application/json": components["schemas"]["AnalysisView"][];
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
    "/api/v1/analyses/{id}/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries rules against a capture that was brought, and nothing else against it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RuleTestRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuleTest"];
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
                    role?: ("plc" | "hmi" | "engineering_station" | "server" | "scada" | "historian" | "gateway" | "drive" | "cnc" | "robot" | "camera" | "printer" | "switch" | "router" | "pc" | "phone") | null;
                    zone?: string | null;
                    /** @description Purdue level. */
                    level?: number | null;
                    flag?: ("authorised_scanner" | "engineering_station" | "redundant_pair") | null;
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
    "/api/v1/assets/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that the second asset is a part of the first. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MergeRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AssetDetail"];
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
    "/api/v1/assets/table": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All assets as a table. */
        get: {
            parameters: {
                query?: {
                    /** @description `csv` or `json`. */
                    format?: string | null;
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
                        "application/json": components["schemas"]["AssetEntry"][];
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
        /** Takes a table in: rows of known machines add to what is known, others make new assets. */
        post: {
            parameters: {
                query?: {
                    /** @description `csv` or `json`. */
                    format?: string | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AssetEntry"][];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Imported"];
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
    "/api/v1/assets/{id}/said": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Writes down what a person says of an asset; what is left out is left to what is seen. */
        put: {
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
                    "application/json": components["schemas"]["Said"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AssetDetail"];
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
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets/{id}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that some of an asset's addresses are another machine's; gives back the new asset. */
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
                    "application/json": components["schemas"]["SplitRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AssetDetail"];
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
    "/api/v1/baseline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far learning has come, with the curve of news that decides it. */
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
                        "application/json": components["schemas"]["BaselineView"];
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
    "/api/v1/baseline/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All that was learnt, to be kept or taken to another box. */
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
                        "application/json": unknown;
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
        /** Takes over what another box learnt, beside what is known here. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "application/json": unknown;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RowCount"];
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
    "/api/v1/baseline/forget": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forgets a device with all that it taught, in one act; locked rows stay. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ForgetRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RowCount"];
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
    "/api/v1/baseline/news": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was learnt lately, latest first: to be reviewed. */
        get: {
            parameters: {
                query?: {
                    /** @description Taught by this address. */
                    by?: string | null;
                    scenario?: ("hosts" | "addresses" | "links" | "functions" | "objects" | "values" | "writers" | "rhythm" | "order" | "volume") | null;
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
                        "application/json": components["schemas"]["NewsPage"];
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
    "/api/v1/baseline/row": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One row. */
        get: {
            parameters: {
                query: {
                    id: string;
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
                        "application/json": components["schemas"]["RowView"];
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
    "/api/v1/baseline/row/lock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Locks a row, so that nothing is added to it and it is not removed; or unlocks it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LockRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RowView"];
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
    "/api/v1/baseline/row/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forgets a row with all that hangs on it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RowName"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RowCount"];
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
    "/api/v1/baseline/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was learnt, row by row. */
        get: {
            parameters: {
                query?: {
                    scenario?: ("hosts" | "addresses" | "links" | "functions" | "objects" | "values" | "writers" | "rhythm" | "order" | "volume") | null;
                    /** @description Text in addresses, protocol, function or object, whatever case. */
                    search?: string | null;
                    /** @description Only locked ones. */
                    locked?: boolean | null;
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
                        "application/json": components["schemas"]["RowPage"];
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
    "/api/v1/baseline/stage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends learning now, or begins it anew; what was learnt stays. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TurnRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BaselineView"];
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
    "/api/v1/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is detected, what each detection means, and whether it speaks here. */
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
    "/api/v1/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed since a time, or from one time to another. */
        get: {
            parameters: {
                query: {
                    /** @description RFC 3339. */
                    since: string;
                    /** @description The other of two times that are compared, RFC 3339; now where there is none. */
                    until?: string | null;
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
                        "application/json": components["schemas"]["Changes"];
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What of ATT&CK for ICS is seen here, what could be, and what no network monitor can see. */
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
                        "application/json": components["schemas"]["CoverageView"];
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
    "/api/v1/coverage/layer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as a layer for the ATT&CK Navigator. */
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
                        "application/json": unknown;
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
    "/api/v1/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done to assets by hand and by rule, latest first. */
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
                        "application/json": components["schemas"]["EditView"][];
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
    "/api/v1/edits/{number}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an edit back. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    number: number;
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
                        "application/json": components["schemas"]["EditView"][];
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
    "/api/v1/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Links with their functions: client, server, protocol, function. */
        get: {
            parameters: {
                query?: {
                    /** @description Text in either address, protocol or function, whatever case. */
                    search?: string | null;
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
                        "application/json": components["schemas"]["LinkPage"];
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
    "/api/v1/matrix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asks whom for what. */
        get: {
            parameters: {
                query?: {
                    /** @description Only this protocol, such as `modbus`. */
                    protocol?: string | null;
                    /** @description Only functions of this class. */
                    class?: ("read" | "write" | "control" | "program" | "identify" | "diagnose" | "configure" | "session" | "subscribe") | null;
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
                        "application/json": components["schemas"]["Matrix"];
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
    "/api/v1/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Profile, zones, maintenance windows and permissions. */
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
                        "application/json": components["schemas"]["PolicyBody"];
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
        /** Puts another policy in place. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PolicyBody"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PolicyBody"];
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
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rules in use. */
        get: {
            parameters: {
                query?: {
                    /** @description Text in number, message, file or technique, whatever case. */
                    search?: string | null;
                    /** @description Only those that are switched off. */
                    off?: boolean | null;
                    /** @description Only those that do less than their author meant. */
                    limited?: boolean | null;
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
                        "application/json": components["schemas"]["RulePage"];
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
    "/api/v1/rules/files/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file that a person brought. */
        get: {
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
                        "text/plain": unknown;
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
        /**
         * Checks a rule file against all others, and takes it into use unless only the check was wanted.
         * @description A file of which nothing loads is not kept.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Only says what would load, and keeps nothing. */
                    check?: boolean | null;
                };
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: {
                content: {
                    "text/plain": unknown;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RuleCheck"];
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
    "/api/v1/rules/files/{name}/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a file that a person brought out of use. */
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
                        "application/json": components["schemas"]["RulesInUse"];
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
    "/api/v1/suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is held back, the latest first. */
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
                        "application/json": components["schemas"]["Suppression"][];
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
        /** Holds back findings of one detection or rule, between everybody or certain machines, for a time or for good. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SuppressRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Suppression"][];
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
    "/api/v1/suppressions/{id}/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a suppression back. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
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
                        "application/json": components["schemas"]["Suppression"][];
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
    "/api/v1/switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switches a detection or a rule on or off; what is off still feeds those that build on it, and raises no alert. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SwitchRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SwitchView"];
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
    "/api/v1/topology": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Assets and the links between them. */
        get: {
            parameters: {
                query?: {
                    /** @description Only links that were used since then; RFC 3339. */
                    since?: string | null;
                    /** @description What is newer than this is marked as news; RFC 3339. */
                    news_since?: string | null;
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
                        "application/json": components["schemas"]["Topology"];
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
        put?: never;
        post?: never;
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
            /** @description What people wrote, the oldest first. */
            comments: components["schemas"]["Comment"][];
            evidence: components["schemas"]["EvidenceView"];
            /** @description The story that it is a part of: id of its first alert. */
            incident?: string | null;
            /** @description "This is normal" would teach something. */
            learnable: boolean;
            /** @description Rows of the baseline that "this is normal" wrote. */
            learnt: string[];
            meaning: components["schemas"]["Text"];
            /** @description By which its detection or rule is switched and held back. */
            name: string;
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
            assignee?: string | null;
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
        /** @enum {string} */
        AnalysisState: "waiting" | "running" | "done" | "cancelled" | "failed";
        /** @description A capture that was brought. */
        AnalysisView: {
            /** @description Judged by what the live plant has learnt. */
            against_live: boolean;
            alerts: number;
            assets: number;
            /** @description What of it could not be read; of one that failed, why. */
            faults: components["schemas"]["Text"][];
            /** Format: int64 */
            frames: number;
            /** Format: int64 */
            id: number;
            links: number;
            name: string;
            /** Format: int64 */
            read: number;
            /**
             * Format: int64
             * @description Bytes of the file, and of these read so far.
             */
            size: number;
            started: components["schemas"]["Timestamp"];
            state: components["schemas"]["AnalysisState"];
            user: string;
        };
        /** @description One asset with how we know what we know. */
        AssetDetail: components["schemas"]["AssetRow"] & {
            facts: components["schemas"]["FactView"][];
            level_reason?: components["schemas"]["Text"] | null;
            links: components["schemas"]["LinkView"][];
            roles: components["schemas"]["RoleView"][];
            said: components["schemas"]["Said"];
            serves: string[];
            uses: string[];
            zone_reason?: components["schemas"]["Text"] | null;
        };
        /** @description One asset as a flat row. */
        AssetEntry: {
            /** @default  */
            firmware: string;
            /** @default  */
            first: string;
            /** @default [] */
            flags: components["schemas"]["Flag"][];
            /** @default  */
            hardware: string;
            /** @default  */
            host_name: string;
            /** @default  */
            identifier_code: string;
            /** @default null */
            importance: components["schemas"]["Importance"] | null;
            /** @default [] */
            ips: string[];
            /** @default  */
            last: string;
            /**
             * Format: int32
             * @default null
             */
            level: number | null;
            /** @default [] */
            macs: string[];
            /** @default  */
            model: string;
            /** @default  */
            name: string;
            /** @default  */
            note: string;
            /** @default  */
            order_number: string;
            /** @default null */
            role: components["schemas"]["Role"] | null;
            /** @default null */
            seen_role: components["schemas"]["Role"] | null;
            /** @default  */
            serial: string;
            /** @default  */
            vendor: string;
            /** @default [] */
            vlan: number[];
            /** @default  */
            zone: string;
        };
        AssetPage: {
            items: components["schemas"]["AssetRow"][];
            total: number;
            /** @description Every zone there is, for a filter. */
            zones: string[];
        };
        /** @description A row of the list of assets. */
        AssetRow: {
            firmware?: string | null;
            first: components["schemas"]["Timestamp"];
            flags: components["schemas"]["Flag"][];
            id: string;
            importance: components["schemas"]["Importance"];
            ips: string[];
            label: string;
            last: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description Purdue level.
             */
            level?: number | null;
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
            zone?: string | null;
        };
        AssignRequest: {
            /** @description Nobody where there is none. */
            assignee?: string | null;
        };
        /** @description Learning, as a whole. */
        BaselineView: {
            /** @description Devices that learn while the rest watches. */
            late: components["schemas"]["LateView"][];
            rows: number;
            rule: components["schemas"]["RuleView"];
            /** @description Outside of zones. */
            stages: components["schemas"]["StageDetail"][];
            /** @description The same of each zone of the policy. */
            zones: components["schemas"]["ZoneStages"][];
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
         * @description What is done with many alerts.
         * @enum {string}
         */
        BulkAct: "acknowledge" | "normal" | "incident" | "assign";
        BulkDone: {
            done: number;
            /** @description Alerts that are not there any more. */
            missing: string[];
        };
        BulkRequest: {
            act: components["schemas"]["BulkAct"];
            /** @description To whom, where the act is to assign. */
            assignee?: string | null;
            comment?: string | null;
            /** @description At most 200. */
            ids: string[];
        };
        ChangedFact: {
            asset: string;
            first: components["schemas"]["Timestamp"];
            kind: string;
            label: string;
            source: string;
            value: string;
        };
        /** @description What is other than it was then. */
        Changes: {
            new_assets: components["schemas"]["AssetRow"][];
            new_facts: components["schemas"]["ChangedFact"][];
            /** @description Functions that were first used since, on links that were there before. */
            new_functions: components["schemas"]["LinkView"][];
            new_links: components["schemas"]["LinkView"][];
            /** @description Links that were used before and not since. */
            silent_links: components["schemas"]["LinkView"][];
        };
        CheckedRule: {
            line: number;
            message?: string | null;
            name?: string | null;
            status: components["schemas"]["RuleStatus"];
            /** @description Limits, or why it is refused. */
            why: string[];
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
        /** @description What somebody wrote about an alert. */
        Comment: {
            at: components["schemas"]["Timestamp"];
            text: string;
            user: string;
        };
        CommentRequest: {
            text: string;
        };
        /** @description ATT&CK for ICS, technique by technique. */
        CoverageView: {
            attack_version: string;
            techniques: components["schemas"]["TechniqueView"][];
        };
        /** @description How many news came when: steps of equal length in seconds with traffic, as many as fit; then twice as long ones. */
        Curve: {
            news: number[];
            /**
             * Format: int64
             * @description Seconds.
             */
            step: number;
        };
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
            default_on: boolean;
            id: string;
            meaning: components["schemas"]["Text"];
            name: components["schemas"]["Text"];
            needs_baseline: boolean;
            on: boolean;
            severity: components["schemas"]["Severity"];
            techniques: string[];
            thresholds: components["schemas"]["ThresholdView"][];
        };
        /** @description Something done to assets. */
        EditView: {
            /** @description `merge`, `split`, `say`. */
            act: string;
            asset: string;
            at: components["schemas"]["Timestamp"];
            /** @description What it is called now; `None` where it is there no more. */
            label?: string | null;
            /** Format: int64 */
            number: number;
            /** @description The asset that was taken in or made. */
            other?: string | null;
            other_label?: string | null;
            undone: boolean;
            /** @description `None` where a rule did it. */
            user?: string | null;
        };
        EnableRequest: {
            enabled: boolean;
        };
        /** @description The body of every answer that is an error. */
        ErrorBody: {
            /** @description What exactly is wrong, where that can be said: line, value. */
            detail?: string | null;
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
            /** @description Another source says another thing of what can only be one. */
            contested: boolean;
            first: components["schemas"]["Timestamp"];
            frames: number[];
            kind: string;
            last: components["schemas"]["Timestamp"];
            /** @description Where on the wire it was read, and in which frame of which capture. */
            source: string;
            value: string;
        };
        /**
         * @description What a person allows or knows of an asset.
         * @enum {string}
         */
        Flag: "authorised_scanner" | "engineering_station" | "redundant_pair";
        ForgetRequest: {
            /** @description IP or MAC address of a device. */
            address: string;
        };
        FunctionView: {
            class: components["schemas"]["Class"];
            /** Format: int64 */
            count: number;
            first: components["schemas"]["Timestamp"];
            last: components["schemas"]["Timestamp"];
            name: string;
            /** @description How often it comes, where that is regular: mean and spread of the time between. */
            rhythm?: string | null;
        };
        /** @description Hours of some days of the week. */
        Hours: {
            /** @description 1 Monday to 7 Sunday. */
            days: number[];
            /**
             * Format: int32
             * @description Minutes after midnight, and the first minute that is outside again.
             */
            from: number;
            /** Format: int32 */
            to: number;
        };
        /**
         * @description How much hangs on an asset.
         * @enum {string}
         */
        Importance: "low" | "normal" | "high" | "critical";
        /** @description What an import did. */
        Imported: {
            added: number;
            changed: number;
            /** @description Rows that could not be taken, by their number from 1, with what was wrong. */
            refused: components["schemas"]["RefusedRow"][];
        };
        LateView: {
            /** @description A device, or a client and the server to which it has begun to write. */
            address: string;
            /** Format: int32 */
            progress: number;
            since?: components["schemas"]["Timestamp"] | null;
        };
        LinkPage: {
            items: components["schemas"]["LinkView"][];
            total: number;
        };
        LinkView: {
            /** Format: int64 */
            bytes: number;
            client: string;
            /** Format: int64 */
            conversations: number;
            first: components["schemas"]["Timestamp"];
            functions: components["schemas"]["FunctionView"][];
            last: components["schemas"]["Timestamp"];
            /** Format: int64 */
            packets: number;
            /** @description Of the server, as far as they were learnt. */
            ports: number[];
            protocol: string;
            server: string;
            vlan: number[];
        };
        LockRequest: {
            id: string;
            locked: boolean;
        };
        LoginRequest: {
            password: string;
            user: string;
        };
        MapEdge: {
            /** Format: int64 */
            bytes: number;
            client: string;
            news: boolean;
            protocols: string[];
            server: string;
        };
        MapNode: {
            id: string;
            label: string;
            /** Format: int32 */
            level?: number | null;
            news: boolean;
            role?: components["schemas"]["Role"] | null;
            subnet?: string | null;
            zone?: string | null;
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
        /** @description Clients by servers. */
        Matrix: {
            cells: components["schemas"]["MatrixCell"][];
            clients: components["schemas"]["MatrixEnd"][];
            /** @description Some did not fit. */
            cut: boolean;
            /** @description Every protocol there is, for a filter. */
            protocols: string[];
            servers: components["schemas"]["MatrixEnd"][];
        };
        MatrixCell: {
            /** @description Places in the lists of clients and servers. */
            client: number;
            /** Format: int64 */
            conversations: number;
            functions: components["schemas"]["MatrixFunction"][];
            protocols: string[];
            server: number;
        };
        MatrixEnd: {
            id: string;
            label: string;
        };
        MatrixFunction: {
            class: components["schemas"]["Class"];
            /** Format: int64 */
            count: number;
            name: string;
            protocol: string;
        };
        MergeRequest: {
            from: string;
            into: string;
        };
        /** @enum {string} */
        Mode: "learning" | "watching";
        NewsPage: {
            items: components["schemas"]["NewsView"][];
            total: number;
        };
        /** @description Something of the list that a person reviews. */
        NewsView: {
            /** @description A person called it normal. */
            accepted: boolean;
            at: components["schemas"]["Timestamp"];
            /** @description Who taught it. */
            by: string;
            learnt?: components["schemas"]["RowView"] | null;
            row: string;
            scenario: components["schemas"]["Scenario"];
        };
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
        Outcome: "attempted" | "unanswered" | "unsolicited" | "mismatched" | "refused" | "accepted" | "effective";
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
        /** @description Somebody may do what is not normal for a time, and nothing of it is learnt. */
        Permission: {
            client: string;
            from: components["schemas"]["Timestamp"];
            name: string;
            server?: string | null;
            service?: string | null;
            to: components["schemas"]["Timestamp"];
        };
        /** @description What a person decides about deviations. */
        PolicyBody: {
            /**
             * Format: int32
             * @description By which of the two it is now; only told, never taken.
             */
            minutes_ahead?: number;
            permissions?: components["schemas"]["Permission"][];
            profile?: components["schemas"]["Profile"];
            /**
             * Format: int32
             * @description Minutes by which the plant's clocks are ahead of UTC; the sensor's own clock where there are none.
             */
            utc_offset?: number | null;
            windows?: components["schemas"]["Window"][];
            zones?: components["schemas"]["Zone"][];
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
        /**
         * @description How much is said; each step says more than the one before.
         * @enum {string}
         */
        Profile: "low" | "medium" | "high" | "paranoid";
        RefusalView: {
            file: string;
            line: number;
            reason: string;
            /** Format: int32 */
            sid?: number | null;
        };
        RefusedRow: {
            reason: string;
            row: number;
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
        Role: "plc" | "hmi" | "engineering_station" | "server" | "scada" | "historian" | "gateway" | "drive" | "cnc" | "robot" | "camera" | "printer" | "switch" | "router" | "pc" | "phone";
        RoleView: {
            /** Format: int32 */
            confidence: number;
            /** @description Strongest first. */
            reasons: components["schemas"]["Text"][];
            role: components["schemas"]["Role"];
        };
        /** @description How many rows went or came. */
        RowCount: {
            rows: number;
        };
        /** @description Names a row, as the list and an alert's `learnt` name it. */
        RowName: {
            id: string;
        };
        RowPage: {
            items: components["schemas"]["RowView"][];
            total: number;
        };
        /** @description Something that was learnt. */
        RowView: {
            /** @description Where it was seen first. */
            capture?: string | null;
            client?: string | null;
            /** Format: int64 */
            count: number;
            explanation: components["schemas"]["Text"];
            first: components["schemas"]["Timestamp"];
            /** Format: int64 */
            frame?: number | null;
            function?: string | null;
            /** @description Of a value: how it went lately, oldest first. */
            history: components["schemas"]["SampleView"][];
            id: string;
            last: components["schemas"]["Timestamp"];
            locked: boolean;
            /** @description What is normal: an address, cards, ports, registers, values. */
            normal: string;
            object?: string | null;
            protocol?: string | null;
            scenario: components["schemas"]["Scenario"];
            server?: string | null;
            /** Format: int64 */
            unit?: number | null;
        };
        /** @description What became of each rule of a file. */
        RuleCheck: {
            /** @description It is in use now. */
            kept: boolean;
            limited: number;
            loads: number;
            refused: number;
            /** @description In the order of the file; at most 2000. */
            rules: components["schemas"]["CheckedRule"][];
        };
        RuleMatch: {
            client?: string | null;
            /** Format: int64 */
            count: number;
            frames: number[];
            message: components["schemas"]["Text"];
            /** @description `gid:sid`, or the name of a YARA rule. */
            name: string;
            server?: string | null;
        };
        RulePage: {
            /** @description Files that people brought. */
            files: string[];
            items: components["schemas"]["RuleRow"][];
            /** @description All that load, and all that do not. */
            loaded: number;
            refusals: components["schemas"]["RefusalView"][];
            refused: number;
            total: number;
        };
        RuleRow: {
            brought: boolean;
            classtype?: string | null;
            file: string;
            /** @description In what it does less than its author meant. */
            limits: string[];
            line: number;
            message: components["schemas"]["Text"];
            /** @description `gid:sid`, or the name of a YARA rule. */
            name: string;
            on: boolean;
            /** Format: int32 */
            revision: number;
            severity?: components["schemas"]["Severity"] | null;
            techniques: string[];
        };
        /** @enum {string} */
        RuleStatus: "loads" | "limited" | "refused";
        /** @description Which rules matched in a capture. */
        RuleTest: {
            /** @description It took too long: what matched so far. */
            cut: boolean;
            /** Format: int64 */
            frames: number;
            loaded: number;
            matched: components["schemas"]["RuleMatch"][];
            /** @description Line and reason of each that does not load. */
            refused: string[];
        };
        RuleTestRequest: {
            /** @description Rules to be tried; nothing of them is kept. */
            rules: string;
        };
        /** @description When learning ends; all in seconds with traffic. */
        RuleView: {
            /** Format: int64 */
            ceiling?: number | null;
            /** Format: int64 */
            floor: number;
            /** Format: int32 */
            patience: number;
            /** Format: int64 */
            quiet: number;
            /** Format: int64 */
            set?: number | null;
        };
        RulesInUse: {
            loaded: number;
        };
        /** @description What a person said of an asset; what is `None` is left to what is seen. */
        Said: {
            /** @default [] */
            flags: components["schemas"]["Flag"][];
            /**
             * @description 工业互联网标识.
             * @default null
             */
            identifier_code: string | null;
            /** @default null */
            importance: components["schemas"]["Importance"] | null;
            /**
             * Format: int32
             * @description Purdue level, 0 (process) to 5 (enterprise).
             * @default null
             */
            level: number | null;
            /** @default null */
            name: string | null;
            /** @default null */
            note: string | null;
            /** @default null */
            role: components["schemas"]["Role"] | null;
            /** @default null */
            zone: string | null;
        };
        /** @description A value at its time. */
        SampleView: {
            at: components["schemas"]["Timestamp"];
            /** Format: double */
            value: number;
        };
        /**
         * @description What is learnt apart from each other.
         * @enum {string}
         */
        Scenario: "hosts" | "addresses" | "links" | "functions" | "objects" | "values" | "writers" | "rhythm" | "order" | "volume";
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
        /**
         * @description Where a technique shows itself.
         * @enum {string}
         */
        Shows: "network" | "elsewhere" | "outcome";
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
        SplitRequest: {
            /** @description IP or MAC addresses that are another machine's. */
            addresses: string[];
        };
        StageDetail: components["schemas"]["StageView"] & {
            /** Format: int64 */
            active_seconds: number;
            curve: components["schemas"]["Curve"];
            /** Format: int64 */
            quiet_seconds: number;
            /**
             * Format: int64
             * @description So long without news that learning ends.
             */
            wanted_quiet: number;
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
        SuppressRequest: {
            /** @description IP or MAC address; everybody where there is none. */
            client?: string | null;
            reason: string;
            server?: string | null;
            /** @description Detection id, `gid:sid` of a rule, or name of a YARA rule. */
            source: string;
            until?: components["schemas"]["Timestamp"] | null;
        };
        /** @description A person wants to hear no more of something: of what, between whom, why, and until when. */
        Suppression: {
            /** @description Everybody where there is none. */
            client?: string | null;
            created: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Findings held back so far, and when the last one was.
             */
            held_back?: number;
            /** Format: int64 */
            id: number;
            last?: components["schemas"]["Timestamp"] | null;
            reason: string;
            server?: string | null;
            /** @description Detection id, `gid:sid` of a rule, or name of a YARA rule. */
            source: string;
            until?: components["schemas"]["Timestamp"] | null;
            user: string;
        };
        SwitchRequest: {
            on: boolean;
            /** @description Detection id, `gid:sid` of a rule, or name of a YARA rule. */
            source: string;
        };
        SwitchView: {
            on: boolean;
            source: string;
        };
        /**
         * @description Stages of an attack, in the order of the matrix.
         * @enum {string}
         */
        Tactic: "initial_access" | "execution" | "persistence" | "privilege_escalation" | "evasion" | "discovery" | "lateral_movement" | "collection" | "command_and_control" | "inhibit_response_function" | "impair_process_control" | "impact";
        TechniqueView: {
            /** @description Ids of the catalogue; none speaks where all of them are switched off. */
            detections: string[];
            id: string;
            /** @description Rules in use that name it. */
            rules: number;
            shows: components["schemas"]["Shows"];
            tactics: components["schemas"]["Tactic"][];
        };
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
        /** @description The plant as a map. */
        Topology: {
            /** @description Some did not fit. */
            cut: boolean;
            edges: components["schemas"]["MapEdge"][];
            nodes: components["schemas"]["MapNode"][];
        };
        TurnRequest: {
            /** @description True begins to learn anew, false watches from now on. */
            learn: boolean;
            scenario?: components["schemas"]["Scenario"] | null;
            /** @description In this zone alone; everywhere where there is none. */
            zone?: string | null;
        };
        /** @description Work is announced: what is found meanwhile weighs less. */
        Window: {
            from: components["schemas"]["Timestamp"];
            name: string;
            to: components["schemas"]["Timestamp"];
            /** @description A zone's name; everywhere where there is none. */
            zone?: string | null;
        };
        /** @description A part of the plant. */
        Zone: {
            /** @description When people work here; none means always. */
            hours?: components["schemas"]["Hours"][];
            /**
             * Format: int32
             * @description Purdue level, 0 to 5.
             */
            level?: number | null;
            /** @description Machines that belong to it wherever their addresses lie. */
            members?: string[];
            mode?: components["schemas"]["ZoneMode"];
            name: string;
            ranges: string[];
        };
        /** @enum {string} */
        ZoneMode: "strict" | "adaptive";
        ZoneStages: {
            stages: components["schemas"]["StageDetail"][];
            zone: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
