import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { TEXT } from './column-options.js';

@Unique('mobile_devices_id_key', ['id'])
@Entity({ schema: 'public', name: 'mobile_devices' })
export class MobileDevices {
  @Column({ type: 'bigint', generated: 'identity', generatedIdentity: 'BY DEFAULT' })
  readonly id?: string;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'mobile_devices_pkey' })
  readonly device_id: string = '';

  @Column(TEXT)
  readonly brand?: string | null;

  @Column(TEXT)
  readonly carrier?: string | null;

  @Column(TEXT)
  readonly family?: string | null;

  @Column(TEXT)
  readonly manufacturer?: string | null;

  @Column(TEXT)
  readonly model?: string | null;

  @Column(TEXT)
  readonly type?: string | null;
}
