import { Component } from 'react';
import type { ReactNode } from 'react';
import { useWords } from './words';

/** Shows a way on where a page broke or could not be fetched, as happens when the program was updated meanwhile. */
export class Mishap extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <ReloadPage /> : this.props.children;
  }
}

function ReloadPage() {
  const { t } = useWords();
  return (
    <main className="door">
      <p role="alert">{t('console.mishap.text')}</p>
      <button type="button" className="plain-button" onClick={() => location.reload()}>
        {t('console.mishap.reload')}
      </button>
    </main>
  );
}
