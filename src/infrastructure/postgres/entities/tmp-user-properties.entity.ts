import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { BOOLEAN, JSON_VALUE, TEXT, TIMESTAMP } from './column-options.js';

@Entity({ schema: 'public', name: 'tmp_user_properties' })
export class TmpUserProperties {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'tmp_user_properties_pkey',
  })
  readonly id?: string;

  @Column(TEXT)
  readonly uuid?: string | null;

  @Column(JSON_VALUE)
  readonly user_properties_json?: unknown;

  @Column(TEXT)
  readonly language?: string | null;

  @Column(TEXT)
  readonly session_id?: string | null;

  @Column(TEXT)
  readonly start_version?: string | null;

  @Column(BOOLEAN)
  readonly migrated?: boolean | null;

  @Column(TIMESTAMP)
  readonly event_time?: Date | null;
}
