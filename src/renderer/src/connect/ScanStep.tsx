import { type JSX, useEffect } from 'react';
import { useStore } from 'zustand';
import type { QrView } from '../../../shared/contract/views.ts';
import { useApp, useNow, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { lengthOf } from '../ui/format.ts';
import { QrCode } from '../ui/QrCode.tsx';

const OLD = 45_000;
const ASK_EVERY = 4_000;

/** The code, what to tap on the phone, and the state in words. */
export function ScanStep({ demo }: { readonly demo: boolean }): JSX.Element {
  const { connect, api, app, router } = useStores();
  const { account, busy } = useStore(connect.state);
  const qr = useApp((state) => (account === null ? undefined : state.qrs[account]));
  const session = useApp((state) => state.accounts?.find((one) => one.id === account)?.session);
  const now = useNow();
  const connected = session?.state === 'connected' || qr?.state === 'connected';
  const finish = () => {
    router.go({ screen: 'live' });
    connect.reset();
  };
  const age = qr?.at == null ? null : Math.max(0, now - qr.at);

  useEffect(() => {
    if (account !== null) void connect.connectSession();
  }, [account, connect]);
  // a scan is told by a push where webhooks work already; here they usually do not yet, so we ask
  useEffect(() => {
    if (account === null || connected) return;
    const timer = setInterval(async () => {
      const answer = await api.request('session.qr', { account, refresh: false });
      if (answer.ok) app.keepQr(answer.value);
      const status = await api.request('session.status', { account, refresh: true });
      if (status.ok && status.value.state === 'connected') app.refresh();
    }, ASK_EVERY);
    return () => clearInterval(timer);
  }, [account, connected, api, app]);
  const old = age !== null && age > OLD && !connected;
  useEffect(() => {
    if (old) void connect.refreshQr();
  }, [old, connect]);
  useEffect(() => {
    if (!connected || !demo) return;
    const timer = setTimeout(() => {
      router.go({ screen: 'live' });
      connect.reset();
    }, 1400);
    return () => clearTimeout(timer);
  }, [connected, demo, router, connect]);

  return (
    <div className="scan">
      <div className="qr-card">
        {qr?.text && !connected ? (
          <QrCode text={qr.text} label="QR code to scan with WhatsApp on your phone" faded={old} />
        ) : (
          <p className="qr-empty">{connected ? 'Connected' : 'Waiting for the first code'}</p>
        )}
      </div>
      <div className="scan-words">
        <h1>{connected ? 'Your phone is connected' : 'Scan this with your phone'}</h1>
        {connected ? null : (
          <ol>
            <li>Open WhatsApp on the phone that sends.</li>
            <li>Tap Settings, then Linked devices.</li>
            <li>Tap Link a device and point the phone here.</li>
          </ol>
        )}
        <p className="scan-state" role="status">
          <b>{stateWords(qr, connected)}</b>
          {age !== null && age > 5_000 && !connected ? (
            <span className="faint num">
              {' '}
              This code is {lengthOf(Math.floor(age / 1000) * 1000)} old{old ? '; a new one is on its way' : ''}.
            </span>
          ) : null}
        </p>
        {demo && !connected ? <p className="soft">This is the demo shop: its phone scans the code by itself in a moment.</p> : null}
        <div className="step-actions">
          {connected ? (
            <Button look="primary" onPress={() => (demo ? finish() : connect.go('door'))}>
              {demo ? 'See the shop live' : 'Go on'}
            </Button>
          ) : (
            <Button isDisabled={busy} onPress={() => void connect.refreshQr()}>
              {busy ? 'Asking for a new code…' : 'New code'}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

function stateWords(qr: QrView | undefined, connected: boolean): string {
  if (connected) return 'Scanned and connected.';
  if (qr === undefined) return 'Asking for a code.';
  return qr.words;
}
