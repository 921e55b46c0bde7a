import { SchemaRegistry } from './schema-registry.port.js';

/** The registry inside the service, which its routes serve also where the settings name another for events. */
export abstract class ServedSchemaRegistry extends SchemaRegistry {}
