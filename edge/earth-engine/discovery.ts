const PROJECT = "^projects/[^/]+$";
const OPERATION = "^projects/[^/]+/operations/.+$";

type Properties = Record<string, object>;

/**
 * The discovery document that Google's clients make their methods of: what `ee.Initialize` and exports of tables call.
 * Requests go to the URL that the client was given, whatever stands here. Without `prettyPrint` it could not ask for
 * the algorithms, and without `nextPageToken` in an answer it would know of no second page.
 */
export const discovery = {
  kind: "discovery#restDescription",
  discoveryVersion: "v1",
  id: "earthengine:v1",
  name: "earthengine",
  version: "v1",
  title: "Exports of tables",
  protocol: "rest",
  rootUrl: "https://earthengine.googleapis.com/",
  servicePath: "",
  batchPath: "batch",
  parameters: {
    alt: query("string"),
    fields: query("string"),
    key: query("string"),
    prettyPrint: query("boolean"),
  },
  schemas: {
    Empty: schema("Empty", {}),
    ExportTableRequest: schema("ExportTableRequest", {}),
    WaitOperationRequest: schema("WaitOperationRequest", { timeout: { type: "string" } }),
    Operation: schema("Operation", {
      name: { type: "string" },
      metadata: { type: "any" },
      done: { type: "boolean" },
      error: { type: "any" },
      response: { type: "any" },
    }),
    ListOperationsResponse: page("ListOperationsResponse", "operations", { $ref: "Operation" }),
    ListAlgorithmsResponse: page("ListAlgorithmsResponse", "algorithms", { type: "any" }),
  },
  resources: {
    projects: {
      resources: {
        algorithms: {
          methods: {
            list: method("algorithms.list", "GET v1/{+parent}/algorithms", {
              parameters: { parent: path(PROJECT) },
              response: "ListAlgorithmsResponse",
            }),
          },
        },
        table: {
          methods: {
            export: method("table.export", "POST v1/{+project}/table:export", {
              parameters: { project: path(PROJECT) },
              request: "ExportTableRequest",
              response: "Operation",
            }),
          },
        },
        operations: {
          methods: {
            list: method("operations.list", "GET v1/{+name}/operations", {
              parameters: {
                name: path(PROJECT),
                filter: query("string"),
                pageSize: query("integer"),
                pageToken: query("string"),
              },
              response: "ListOperationsResponse",
            }),
            get: method("operations.get", "GET v1/{+name}", {
              parameters: { name: path(OPERATION) },
              response: "Operation",
            }),
            cancel: method("operations.cancel", "POST v1/{+name}:cancel", {
              parameters: { name: path(OPERATION) },
              request: "Empty",
              response: "Empty",
            }),
            delete: method("operations.delete", "DELETE v1/{+name}", {
              parameters: { name: path(OPERATION) },
              response: "Empty",
            }),
            wait: method("operations.wait", "POST v1/{+name}:wait", {
              parameters: { name: path(OPERATION) },
              request: "WaitOperationRequest",
              response: "Operation",
            }),
          },
        },
      },
    },
  },
};

function method(
  id: string,
  line: string,
  { parameters, request, response }: { parameters: Properties; request?: string; response: string },
) {
  const [httpMethod, template] = line.split(" ");
  return {
    id: `earthengine.projects.${id}`,
    httpMethod,
    path: template,
    parameters,
    // The first parameter is the one in the path.
    parameterOrder: Object.keys(parameters).slice(0, 1),
    ...(request && { request: { $ref: request } }),
    response: { $ref: response },
  };
}

function path(pattern: string) {
  return { type: "string", location: "path", required: true, pattern };
}

function query(type: string) {
  return { type, location: "query" };
}

function schema(id: string, properties: Properties) {
  return { id, type: "object", properties };
}

function page(id: string, items: string, item: object) {
  return schema(id, { [items]: { type: "array", items: item }, nextPageToken: { type: "string" } });
}
