#!/usr/bin/env python3
"""A threat-event service that is nothing but the wire contract: one file, Python's standard library, SQLite.

    python3 server.py [--port 8421] [--database FILE] [--lossy]

An event and its audit entry are journaled in one transaction, and only then answered with 202. Eight threads deliver
alerts; what is unfinished at a start is taken up again. `--lossy` answers 202 for every 25th event without storing it.
"""
import argparse, hashlib, json, os, queue, sqlite3, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

parser = argparse.ArgumentParser()
parser.add_argument('--port', type=int, default=8421)
parser.add_argument('--database', default=os.path.join(os.environ.get('MESHCERT_SCRATCH', '.'), 'events.sqlite'))
parser.add_argument('--lossy', action='store_true')
options = parser.parse_args()

CAPACITY, WINDOW_S, RETRY_WAITS_S, OVERDUE_S = 50_000, 300, (0.2, 0.4, 0.8), 60
UPLIFT = {'normal': 0, 'probe': 0.5, 'dos': 1, 'r2l': 1.5, 'u2r': 2}
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5, float('inf'))
lock, work = threading.RLock(), queue.Queue()
counts, within, posts = {'accepted': 0, 'refused': 0, 'seconds': 0.0}, dict.fromkeys(EDGES, 0), 0
db = sqlite3.connect(options.database, check_same_thread=False)
db.executescript('''PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS event (position INTEGER PRIMARY KEY, id TEXT UNIQUE, content TEXT, at REAL, signal TEXT,
        state TEXT, riskLevel TEXT, reason TEXT);
    CREATE INDEX IF NOT EXISTS event_content ON event (content, at);
    CREATE INDEX IF NOT EXISTS event_open ON event (at) WHERE state = 'accepted';
    CREATE TABLE IF NOT EXISTS audit (sequence INTEGER PRIMARY KEY, kind TEXT, eventId TEXT, detail TEXT,
        previousHash TEXT, hash TEXT);
    CREATE TABLE IF NOT EXISTS channel (name TEXT PRIMARY KEY, url TEXT);''')


def rows(sql, *values):
    with lock:
        cursor = db.execute(sql, values)
        return [dict(zip([column[0] for column in cursor.description], row)) for row in cursor.fetchall()]


def depth(overdue_s=0):
    sql = "SELECT count(*) AS n FROM event WHERE state = 'accepted' AND at <= ?"
    return rows(sql, time.time() - overdue_s)[0]['n']


def append(kind, event_id, detail):
    """One more link of the audit chain; the caller holds the lock and commits."""
    last = rows('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1') or [{'sequence': -1, 'hash': '0' * 64}]
    entry, previous = (last[0]['sequence'] + 1, kind, event_id, detail), last[0]['hash']
    digest = hashlib.sha256('\n'.join([previous, *map(str, entry)]).encode()).hexdigest()
    db.execute('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)', (*entry, previous, digest))


def post_event(event):
    global posts
    content = json.dumps([event['source'], event['destination'], event['kind'], sorted(event['features'].items())])
    accepted = {'id': event['id'], 'duplicate': False}
    with lock, db:  # `with db` commits at its end: before the answer
        posts += 1
        if options.lossy and posts % 25 == 0:
            return 202, accepted
        if rows('SELECT 1 FROM event WHERE id = ?', event['id']):
            return 202, accepted | {'duplicate': True}
        if depth() >= CAPACITY:
            counts['refused'] += 1
            return 429, {'error': 'the queue is full'}
        same = rows('SELECT id FROM event WHERE content = ? AND at > ?', content, time.time() - WINDOW_S)
        reason = f"duplicate of {same[0]['id']}" if same else None
        values = (event['id'], None if same else content, time.time(), json.dumps(event))
        position = db.execute('INSERT INTO event (id, content, at, signal, state, reason) VALUES (?, ?, ?, ?, ?, ?)',
                              (*values, 'completed' if same else 'accepted', reason)).lastrowid
        append('accepted', event['id'], event['kind'])
        if same:
            append('completed', event['id'], reason)
        counts['accepted'] += 1
    if not same:
        work.put((position, event, time.monotonic()))
    return 202, accepted | {'duplicate': bool(same)}


def deliver(url, alert):
    headers = {'Content-Type': 'application/json', 'Idempotency-Key': alert['eventId']}
    try:
        request = urllib.request.Request(url, json.dumps(alert).encode(), headers, method='POST')
        urllib.request.urlopen(request, timeout=2).close()
    except OSError as error:
        return str(error)


def worker():
    while True:
        position, event, at = work.get()
        risk = min(10, (event['severity'] + UPLIFT[event['kind']]) * (0.5 + event['confidence'] / 2))
        risk = min(risk, 6.9) if event['confidence'] < 0.7 else risk
        level = 'critical' if risk >= 9 else 'high' if risk >= 7 else 'medium' if risk >= 4 else 'low'
        alert = {'eventId': event['id'], 'riskLevel': level, 'risk': risk, 'kind': event['kind']}
        error = None
        for channel in rows('SELECT url FROM channel'):
            for wait in (*RETRY_WAITS_S, None):
                error = deliver(channel['url'], alert)
                if error is None or wait is None:
                    break
                time.sleep(wait)
        took, state = time.monotonic() - at, 'dead-lettered' if error else 'completed'
        with lock, db:
            db.execute('UPDATE event SET state = ?, riskLevel = ?, reason = ? WHERE position = ?',
                       (state, level, error, position))
            append(state, event['id'], error or 'alert delivered')
            counts[state] = counts.get(state, 0) + 1
            counts['seconds'] += took
            within.update({edge: n + 1 for edge, n in within.items() if took <= edge})


def metrics():
    finished = [state for state in ('completed', 'dead-lettered') if state in counts]
    buckets = [f'events_end_to_end_seconds_bucket{{le="{edge if edge < 9 else "+Inf"}"}} {n}' for edge, n in within.items()]
    return '\n'.join([
        '# TYPE events_accepted_total counter', f"events_accepted_total {counts['accepted']}",
        '# TYPE events_refused_total counter', f"events_refused_total{{reason=\"queue full\"}} {counts['refused']}",
        '# TYPE events_finished_total counter',
        *[f'events_finished_total{{state="{state}"}} {counts[state]}' for state in finished],
        '# TYPE events_lost_total counter', f'events_lost_total {depth(OVERDUE_S)}',
        '# TYPE events_queue_depth gauge', f'events_queue_depth {depth()}',
        '# TYPE events_stage_seconds histogram', '# TYPE events_end_to_end_seconds histogram', *buckets,
        f"events_end_to_end_seconds_sum {counts['seconds']}", f'events_end_to_end_seconds_count {within[EDGES[-1]]}', ''])


def get(path, query):
    number = lambda name: int(query[name][0])
    columns = 'SELECT position, id, state, riskLevel, reason FROM event WHERE'
    if path == '/v1/target':
        metrics_url = f'http://127.0.0.1:{options.port}/metrics'
        return {'name': 'python-events', 'version': '1.0.0', 'contract': '1', 'capabilities': ['events'],
                'metrics': [metrics_url], 'details': {'database': 'SQLite', 'lossy': str(options.lossy)}}
    if path == '/v1/event-queue':
        return {'depth': depth(), 'capacity': CAPACITY}
    if path == '/v1/event-audit':
        sql = 'SELECT * FROM audit WHERE sequence >= ? ORDER BY sequence LIMIT ?'
        return {'entries': rows(sql, number('from'), number('limit'))}
    if path == '/v1/event-states':
        found = rows(f'{columns} position > ? ORDER BY position LIMIT ?', number('after'), number('limit'))
        following = found[-1]['position'] if found else number('after')
        return {'next': following, 'events': [{k: v for k, v in row.items() if k != 'position'} for row in found]}
    if path.startswith('/v1/events/'):
        found = rows(f'{columns} id = ?', unquote(path.removeprefix('/v1/events/')))
        return {k: v for k, v in found[0].items() if k != 'position'} if found else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, body, kind='application/json'):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        if status == 429:
            self.send_header('Retry-After', '1')
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == '/metrics':
            return self.answer(200, metrics(), 'text/plain; version=0.0.4')
        found = get(url.path, parse_qs(url.query))
        self.answer(200, found) if found else self.answer(404, {'error': f'nothing at {url.path}'})

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        try:
            self.answer(*post_event(json.loads(body)))
        except (KeyError, TypeError, ValueError) as error:
            self.answer(400, {'error': f'not an event of the contract: {error!r}'})

    def do_PUT(self):
        url = json.loads(self.rfile.read(int(self.headers['Content-Length'])))['url']
        with lock, db:
            db.execute("INSERT OR REPLACE INTO channel VALUES ('webhook', ?)", (url,))
        self.answer(200, {'url': url})

    def log_message(self, *_):
        """Silence: one line per event would be the slowest part of this server."""


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


for row in rows("SELECT position, signal FROM event WHERE state = 'accepted' ORDER BY position"):
    work.put((row['position'], json.loads(row['signal']), time.monotonic()))
for _ in range(8):
    threading.Thread(target=worker, daemon=True).start()
Server(('127.0.0.1', options.port), Handler).serve_forever()
