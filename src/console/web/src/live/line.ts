import { get } from '../app/http';
import type { Schema } from '../app/http';

type Overview = Schema<'Overview'>;
type AlertRow = Schema<'AlertRow'>;

/** What the sensor's ports had counted at a moment of this browser's clock. */
export interface Sample {
  at: number;
  ports: Schema<'PortView'>[];
}

/** What the console knows from moment to moment. */
export interface LiveState {
  overview: Overview | null;
  /** The last two minutes of the ports' counters. */
  samples: Sample[];
  /** Since when nothing is heard from the sensor; null while all is well. */
  lostSince: number | null;
}

const SAMPLES = 60;
/** The sensor tells its state every two seconds; this long a silence means that the line is dead. */
const SILENCE = 15_000;
const RETRY = 3_000;

/** One line of server-sent events for the whole console; it mends itself. */
export class LiveLine {
  private state: LiveState = { overview: null, samples: [], lostSince: null };
  private source: EventSource | null = null;
  private stopped = true;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly watchers = new Set<() => void>();
  private readonly alertListeners = new Set<(row: AlertRow) => void>();
  private readonly reloadListeners = new Set<() => void>();

  readonly snapshot = (): LiveState => this.state;
  readonly watch = (watcher: () => void): (() => void) => added(this.watchers, watcher);

  onAlert(listener: (row: AlertRow) => void): () => void {
    return added(this.alertListeners, listener);
  }

  /** Calls where changes were missed, so that what is shown must be fetched anew. */
  onReload(listener: () => void): () => void {
    return added(this.reloadListeners, listener);
  }

  start(): void {
    this.stopped = false;
    this.dial();
  }

  stop(): void {
    this.stopped = true;
    this.hangUp();
  }

  private dial(): void {
    const source = new EventSource('/api/v1/events');
    this.source = source;
    this.listenForSilence();
    source.addEventListener('overview', (event) => this.takeOverview(JSON.parse(event.data) as Overview));
    source.addEventListener('alert', (event) => {
      const row = JSON.parse(event.data) as AlertRow;
      for (const listener of this.alertListeners) listener(row);
    });
    source.addEventListener('reload', () => this.tellReload());
    source.addEventListener('error', () => this.lose());
  }

  /** Takes a state that was fetched or heard. */
  takeOverview(overview: Overview): void {
    this.listenForSilence();
    const wasLost = this.state.lostSince !== null;
    const sample = { at: Date.now(), ports: overview.ports };
    this.change({ overview, samples: [...this.state.samples, sample].slice(-SAMPLES), lostSince: null });
    if (wasLost) this.tellReload();
  }

  private listenForSilence(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(), SILENCE);
  }

  private hangUp(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** Gives up the line and dials again; whoever is no longer logged in is led to the login page by the question. */
  private lose(): void {
    this.hangUp();
    if (this.stopped) return;
    if (this.state.lostSince === null) this.change({ ...this.state, lostSince: Date.now() });
    this.timer = setTimeout(() => {
      get('/api/v1/session', {}).then(
        () => !this.stopped && this.dial(),
        () => this.lose(),
      );
    }, RETRY);
  }

  private tellReload(): void {
    for (const listener of this.reloadListeners) listener();
  }

  private change(state: LiveState): void {
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}

function added<T>(set: Set<T>, listener: T): () => void {
  set.add(listener);
  return () => {
    set.delete(listener);
  };
}
