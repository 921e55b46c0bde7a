import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { JSON_VALUE, TEXT } from './column-options.js';

@Entity({ schema: 'public', name: 'tmp_event_properties' })
export class TmpEventProperties {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'tmp_event_properties_pkey',
  })
  readonly id?: string;

  @Column(TEXT)
  readonly uuid?: string | null;

  @Column(JSON_VALUE)
  readonly event_properties_json?: unknown;
}
