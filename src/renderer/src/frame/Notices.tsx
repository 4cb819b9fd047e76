import type { JSX } from 'react';
import { Button } from 'react-aria-components/Button';
import { useApp, useStores } from '../state/stores.ts';
import { minuteTime } from '../ui/format.ts';
import { Icon } from '../ui/Icon.tsx';

/** What the engine wants the owner to know, newest first, each until it is put away. */
export function Notices(): JSX.Element | null {
  const { app } = useStores();
  const notices = useApp((state) => state.notices);
  if (notices.length === 0) return null;
  return (
    <section className="notices" aria-label="Notices" aria-live="polite">
      {notices.slice(0, 2).map((notice) => (
        <div key={notice.id} className={`notice ${notice.level}`}>
          <p>
            <b>{notice.message}</b> {notice.detail}
          </p>
          <time className="small faint num">{minuteTime(notice.at)}</time>
          <Button className="button quiet icon-only" aria-label="Put this notice away" onPress={() => app.dismiss(notice.id)}>
            <Icon name="close" size={13} />
          </Button>
        </div>
      ))}
    </section>
  );
}
