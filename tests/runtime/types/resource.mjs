/** The keys of the export resource of Redivis, in their order. */
export const RESOURCE_KEYS = [
  "kind",
  "uri",
  "id",
  "createdAt",
  "status",
  "errorMessage",
  "percentCompleted",
  "format",
  "size",
  "fileCount",
  "table",
];
