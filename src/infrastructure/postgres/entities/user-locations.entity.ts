import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { FLOAT, TEXT } from './column-options.js';

@Unique('user_locations_id_key', ['id'])
@Entity({ schema: 'public', name: 'user_locations' })
export class UserLocations {
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'BY DEFAULT' })
  readonly id?: string;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'user_locations_pkey' })
  readonly uuid: string = '';

  @Column(FLOAT)
  readonly location_lat?: number | null;

  @Column(FLOAT)
  readonly location_lng?: number | null;

  @Column(TEXT)
  readonly city?: string | null;

  @Column(TEXT)
  readonly country?: string | null;

  @Column(TEXT)
  readonly ip_address?: string | null;

  @Column(TEXT)
  readonly region?: string | null;
}
