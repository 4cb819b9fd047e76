/** Addresses in a request that can never be right are refused while their owner still has them before the eyes. */
import { raise } from '../core/domain/failure.ts';
import { refuseTypedAddress } from '../core/domain/typedAddress.ts';

/** Raises `bad_input`, naming the place, when an address of the tunnel's can never be right. The provider checks its own. */
export function refuseWrongAddresses(tunnel: Readonly<Record<string, unknown>> | undefined): void {
  for (const name of ['host', 'url']) {
    const address = tunnel?.[name];
    const wrong = typeof address === 'string' ? refuseTypedAddress(address) : undefined;
    if (wrong !== undefined) raise('bad_input', wrong, { detail: `input.tunnel.${name}` });
  }
}
