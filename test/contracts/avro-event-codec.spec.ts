import { PenstockError } from '../../src/domain/errors.js';
import { AvroEventCodec } from '../../src/infrastructure/avro/avro-event-codec.js';
import { MemoryRegistry } from '../support/memory-registry.js';
import { eventCodecContract } from './event-codec.contract.js';

class SilentRegistry extends MemoryRegistry {
  override byId(): Promise<never> {
    return Promise.reject(new PenstockError('registry.unreachable', 'It does not answer.'));
  }
}

eventCodecContract('avsc and our own reader', async () => {
  const registry = new MemoryRegistry();
  return { codec: new AvroEventCodec(registry), registry, cutOff: new AvroEventCodec(new SilentRegistry()) };
});
