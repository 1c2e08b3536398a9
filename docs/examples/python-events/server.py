#!/usr/bin/env python3
"""A threat-event service on Python's standard library: the events plane of the wire contract, and nothing else.

An event and its audit entry are in one transaction of SQLite before 202 is said; eight threads deliver the alerts, and
take up at a start what was left unfinished. `--lossy` answers 202 for every 25th event without storing it.
"""
import hashlib, json, os, queue, sqlite3, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

PORT, CAPACITY, WINDOW_S, OVERDUE_S, LOSSY = 8421, 50_000, 300, 60, '--lossy' in sys.argv
WAITS_S = (0.2, 0.4, 0.8, None)  # after each failed delivery; None gives up
UPLIFT = {'normal': 0, 'probe': 0.5, 'dos': 1, 'r2l': 1.5, 'u2r': 2}
ABOUT = {'name': 'python-events', 'version': '1.0.0', 'contract': '1', 'capabilities': ['events'],
         'metrics': [f'http://127.0.0.1:{PORT}/metrics'], 'details': {'database': 'SQLite'}}
EDGES_S = (0.01, 0.05, 0.1, 0.2, 0.5, 1, 5, float('inf'))
seen = {'posts': 0, 'refused': 0, 'seconds': 0, **dict.fromkeys(EDGES_S, 0)}
lock, work = threading.RLock(), queue.Queue()
db = sqlite3.connect(os.path.join(os.environ.get('MESHCERT_SCRATCH', '.'), 'events.sqlite'), check_same_thread=False)
db.row_factory = lambda cursor, row: dict(zip([column[0] for column in cursor.description], row))
db.executescript('''PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS event (position INTEGER PRIMARY KEY, id TEXT UNIQUE, content TEXT, signal TEXT, at REAL,
        state TEXT DEFAULT 'accepted', riskLevel TEXT, reason TEXT);
    CREATE INDEX IF NOT EXISTS by_content ON event (content); CREATE INDEX IF NOT EXISTS by_state ON event (state, at);
    CREATE TABLE IF NOT EXISTS audit (sequence INTEGER PRIMARY KEY, kind, eventId, detail, previousHash, hash);
    CREATE TABLE IF NOT EXISTS channel (name TEXT PRIMARY KEY, url TEXT);''')

def rows(sql, *values):
    with lock:
        return db.execute(sql, values).fetchall()

def count(state, until=float('inf')):
    return rows('SELECT count(*) AS n FROM event WHERE state = ? AND at <= ?', state, until)[0]['n']

def audit(kind, event_id, detail):
    """One more link of the chain; the caller holds the lock and commits."""
    last = rows('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1')
    previous, sequence = (last[0]['hash'], last[0]['sequence'] + 1) if last else ('0' * 64, 0)
    link = (previous, sequence, kind, event_id, detail)
    digest = hashlib.sha256('\n'.join(map(str, link)).encode()).hexdigest()
    db.execute('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)', (*link[1:], link[0], digest))

def post(event):
    content = json.dumps([event[name] for name in ('source', 'destination', 'kind', 'features')], sort_keys=True)
    with lock, db:  # `with db` commits at its end: before the answer
        seen['posts'] += 1
        if LOSSY and seen['posts'] % 25 == 0:
            return 202, {'id': event['id'], 'duplicate': False}
        same = rows('SELECT id FROM event WHERE id = ?', event['id']) \
            or rows('SELECT id FROM event WHERE content = ? AND at > ?', content, time.time() - WINDOW_S)
        if same:
            return 202, {**same[0], 'duplicate': True}
        if count('accepted') >= CAPACITY:
            seen['refused'] += 1
            return 429, {'error': 'the queue is full'}
        db.execute('INSERT INTO event (id, content, signal, at) VALUES (?, ?, ?, ?)',
                   (event['id'], content, json.dumps(event), time.time()))
        audit('accepted', event['id'], event['kind'])
    work.put((event, time.time()))
    return 202, {'id': event['id'], 'duplicate': False}

def deliver(alert):
    """Why the alert could not be delivered; None if it was, or nobody asked for alerts."""
    headers = {'Content-Type': 'application/json', 'Idempotency-Key': alert['eventId']}
    for channel in rows('SELECT url FROM channel'):
        for wait_s in WAITS_S:
            try:
                request = urllib.request.Request(channel['url'], json.dumps(alert).encode(), headers)
                return urllib.request.urlopen(request, timeout=2).close()
            except OSError as error:
                if wait_s is None:
                    return str(error)
                time.sleep(wait_s)

def worker():
    while True:
        event, at = work.get()
        risk = min(10, (event['severity'] + UPLIFT[event['kind']]) * (0.5 + event['confidence'] / 2))
        risk = min(risk, 6.9) if event['confidence'] < 0.7 else risk
        level = 'critical' if risk >= 9 else 'high' if risk >= 7 else 'medium' if risk >= 4 else 'low'
        error = deliver({'eventId': event['id'], 'riskLevel': level, 'risk': risk, 'kind': event['kind']})
        state, took_s = 'dead-lettered' if error else 'completed', time.time() - at
        with lock, db:
            db.execute('UPDATE event SET state = ?, riskLevel = ?, reason = ? WHERE id = ?',
                       (state, level, error, event['id']))
            audit(state, event['id'], error or 'alert delivered')
            seen['seconds'] += took_s
            seen.update({edge_s: seen[edge_s] + 1 for edge_s in EDGES_S if took_s <= edge_s})

def metrics():
    accepted, *ended = [count(state) for state in ('accepted', 'completed', 'dead-lettered')]
    buckets = [f'_bucket{{le="{"+Inf" if edge_s > 9 else edge_s}"}} {seen[edge_s]}' for edge_s in EDGES_S]
    series = {'refused_total counter': [f'{{reason="queue full"}} {seen["refused"]}'], 'stage_seconds histogram': [],
              'accepted_total counter': [f' {accepted + sum(ended)}'], 'queue_depth gauge': [f' {accepted}'],
              'pool_wait_seconds histogram': [], 'database_failures_total counter': [],
              'lost_total counter': [f' {count("accepted", time.time() - OVERDUE_S)}'],
              'finished_total counter': [f'{{state="completed"}} {ended[0]}', f'{{state="dead-lettered"}} {ended[1]}'],
              'end_to_end_seconds histogram': [*buckets, f'_sum {seen["seconds"]}', f'_count {seen[EDGES_S[-1]]}']}
    return ''.join(f'# TYPE events_{name}\n' + ''.join(f'events_{name.split()[0]}{value}\n' for value in values)
                   for name, values in series.items())

def answer(method, path, query, body):
    states = 'SELECT position, id, state, riskLevel, reason FROM event WHERE'
    match method, path:
        case 'GET', '/v1/target': return 200, ABOUT
        case 'GET', '/metrics': return 200, metrics()
        case 'GET', '/v1/event-queue': return 200, {'depth': count('accepted'), 'capacity': CAPACITY}
        case 'GET', '/v1/event-audit':
            page = rows('SELECT * FROM audit WHERE sequence >= ? LIMIT ?', query['from'], query['limit'])
            return 200, {'entries': page}
        case 'GET', '/v1/event-states':
            page = rows(f'{states} position > ? LIMIT ?', query['after'], query['limit'])
            return 200, {'next': page[-1]['position'] if page else int(query['after']), 'events': page}
        case 'GET', _ if path.startswith('/v1/events/') and (found := rows(f'{states} id = ?', unquote(path[11:]))):
            return 200, found[0]
        case 'POST', '/v1/events': return post(body)
        case 'PUT', '/v1/event-channels/webhook':
            with lock, db:
                db.execute("INSERT OR REPLACE INTO channel VALUES ('webhook', ?)", (body['url'],))
            return 200, body
    return 404, {'error': f'nothing at {method} {path}'}

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def serve(self):
        url, text = urlsplit(self.path), self.rfile.read(int(self.headers.get('Content-Length', 0)))
        try:
            status, said = answer(self.command, url.path, dict(parse_qsl(url.query)), json.loads(text or '{}'))
        except (KeyError, TypeError, ValueError) as error:
            status, said = 400, {'error': f'not what the contract asks for: {error!r}'}
        data = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(data)))
        if status == 429:
            self.send_header('Retry-After', '1')
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = serve
    log_message = lambda *_: None  # one line per event would be the slowest part of this server

for left in rows("SELECT signal, at FROM event WHERE state = 'accepted' ORDER BY position"):
    work.put((json.loads(left['signal']), left['at']))
for _ in range(8):
    threading.Thread(target=worker, daemon=True).start()
ThreadingHTTPServer.request_queue_size = 256
ThreadingHTTPServer(('127.0.0.1', PORT), Handler).serve_forever()
