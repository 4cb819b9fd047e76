import type { JSX } from 'react';
import { useApp, useStores } from '../state/stores.ts';
import { Button } from '../ui/Button.tsx';
import { AccountCard } from './AccountCard.tsx';
import { About, Appearance } from './AppSections.tsx';
import { DemoSection } from './DemoSection.tsx';
import { PrivacySection } from './PrivacySection.tsx';
import './settings.css';

export function SettingsScreen(): JSX.Element {
  const { router } = useStores();
  const accounts = useApp((state) => state.accounts) ?? [];
  return (
    <div className="page settings">
      <header className="page-head">
        <h1>Settings</h1>
      </header>
      <div className="sections">
        <section aria-label="Accounts">
          <div className="section-head">
            <h2>Accounts</h2>
            <Button onPress={() => router.go({ screen: 'welcome' })}>Add an account</Button>
          </div>
          {accounts.map((account) => (
            <AccountCard key={account.id} account={account} />
          ))}
        </section>
        <DemoSection />
        <Appearance />
        <PrivacySection />
        <About />
      </div>
    </div>
  );
}
