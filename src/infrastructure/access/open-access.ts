import type { ApiKeys } from '../../domain/ports/api-keys.port.js';
import { type Caller, SCOPES } from '../../domain/shared/scope.js';

const LOCAL: Caller = { name: 'local', scopes: SCOPES };

/** Without a keys file whoever can reach the service may do everything; it is reachable from this machine only. */
export class OpenAccess implements ApiKeys {
  async identify(): Promise<Caller> {
    return LOCAL;
  }
}
