import { EventsPart } from './events-part.entity.js';
import { MobileDevices } from './mobile-devices.entity.js';
import { PermanentUserProperties } from './permanent-user-properties.entity.js';
import { TechnicalData } from './technical-data.entity.js';
import { TmpEventProperties } from './tmp-event-properties.entity.js';
import { TmpUserProperties } from './tmp-user-properties.entity.js';
import { UserLocations } from './user-locations.entity.js';

/** The warehouse tables as TypeORM knows them; a test holds them against the migrations and dwh-tables.ts. */
export const DWH_ENTITIES = [
  EventsPart,
  MobileDevices,
  PermanentUserProperties,
  TechnicalData,
  TmpEventProperties,
  TmpUserProperties,
  UserLocations,
];
