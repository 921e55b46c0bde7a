/** Examples of the API's description. */
export const SCHEMA_TEXT =
  '{"type":"record","name":"page_view","namespace":"com.streaming.events","fields":[{"name":"event_id","type":"string"}]}';
const GUID = 'b1946ac9-2492-8d23-87c4-bb6ce9f8a210';
export const REGISTERED = { id: 7, version: 1, guid: GUID, schema: SCHEMA_TEXT };
export const VERSION = { subject: 'events.page_view-value', version: 1, id: 7, guid: GUID, schema: SCHEMA_TEXT };
export const SCHEMA = { id: 7, guid: GUID, schema: SCHEMA_TEXT };
export const INCOMPATIBLE = {
  is_compatible: false,
  messages: [
    'READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1: the field "country" is not in the data, and has no default; the new schema cannot read data of version 1',
  ],
};
