/** The part of localtunnel 2.0.2's own client class that we build on; `@types/localtunnel` covers only its front door. */
declare module 'localtunnel/lib/Tunnel.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export type TunnelInfo = {
    readonly name: string;
    readonly url: string;
    readonly cached_url?: string;
    readonly max_conn: number;
    readonly remote_host: string;
    readonly remote_ip?: string;
    readonly remote_port: number;
    readonly local_port: number;
  };

  export interface TunnelCluster extends EventEmitter {
    open(): void;
    on(event: 'open', listener: (socket: Socket) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'dead', listener: () => void): this;
  }

  export default class Tunnel extends EventEmitter {
    constructor(options: { readonly host: string; readonly port: number; readonly subdomain?: string });
    readonly closed: boolean;
    url: string;
    tunnelCluster: TunnelCluster;
    _init(callback: (error: Error | null, info?: TunnelInfo) => void): void;
    _establish(info: TunnelInfo): void;
    open(callback: (error?: Error) => void): void;
    close(): void;
  }
}
