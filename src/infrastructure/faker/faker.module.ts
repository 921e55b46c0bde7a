import { Global, Module } from '@nestjs/common';
import { ValuePools } from '../../domain/ports/value-pools.port.js';
import { bind } from '../bind.js';
import { FakerValuePools } from './faker-value-pools.js';

@Global()
@Module({ providers: [bind(ValuePools, [], () => new FakerValuePools())], exports: [ValuePools] })
export class FakerModule {}
