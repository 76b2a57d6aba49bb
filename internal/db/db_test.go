package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// act is a row of the one table that migration 1 makes.
type act struct {
	bun.BaseModel `bun:"table:acts"`
	ID            string
	At            int64
	Person        string
	Kind          string
	Subject       string
	Camera        string
	Detail        string
}

func insert(ctx context.Context, tx bun.IDB, id, kind string) error {
	_, err := tx.NewInsert().Model(&act{ID: id, Kind: kind, Detail: "{}"}).Exec(ctx)
	return err
}

func count(t *testing.T, d *db.DB) int {
	t.Helper()
	n, err := d.Read().NewSelect().Model((*act)(nil)).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestTxCommitsOrUndoes(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, "a", "k") }); err != nil {
			t.Fatal(err)
		}
		boom := errors.New("boom")
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := insert(ctx, tx, "b", "k"); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("err = %v, want the function's own", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := insert(ctx, tx, "c", "k"); err != nil {
					t.Error(err)
				}
				panic("in the middle")
			})
		}()
		if n := count(t, d); n != 1 {
			t.Errorf("%d rows, want the committed one", n)
		}
	})
}

func TestNestedTxIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Tx(t.Context(), func(ctx context.Context, _ bun.Tx) error {
			return d.SerializableTx(ctx, func(context.Context, bun.Tx) error { return nil })
		})
		if !errors.Is(err, db.ErrNested) {
			t.Errorf("err = %v, want ErrNested", err)
		}
	})
}

// TestSerializableKeepsAnInvariant lets many transactions read a count and add a
// row only below a limit: together they must not pass it.
func TestSerializableKeepsAnInvariant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const limit = 3
		full := errors.New("full")
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				err := d.SerializableTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					n, err := tx.NewSelect().Model((*act)(nil)).Count(ctx)
					if err != nil {
						return err
					}
					if n >= limit {
						return full
					}
					return insert(ctx, tx, db.NewID(), "k")
				})
				if err != nil && !errors.Is(err, full) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(t, d); n != limit {
			t.Errorf("%d rows, want %d", n, limit)
		}
	})
}

// TestASnapshotIsOfOneInstant: what is written meanwhile is not seen, and nothing can be
// written.
func TestASnapshotIsOfOneInstant(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write := func(id string) error {
			return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, id, "k") })
		}
		if err := write("a"); err != nil {
			t.Fatal(err)
		}
		var seen []int64
		err := d.Snapshot(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, id := range []string{"b", "c"} {
				n, err := tx.NewSelect().Model((*act)(nil)).Count(ctx)
				if err != nil {
					return err
				}
				if seen = append(seen, n); len(seen) < 3 {
					if err := write(id); err != nil {
						return err
					}
				}
			}
			if err := d.Tx(ctx, func(context.Context, bun.Tx) error { return nil }); !errors.Is(err, db.ErrNested) {
				t.Errorf("a transaction inside: %v", err)
			}
			if err := d.Snapshot(ctx, func(context.Context, bun.Tx) error { return nil }); !errors.Is(err, db.ErrNested) {
				t.Errorf("a snapshot inside: %v", err)
			}
			return nil
		})
		if d.Snapshot(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, "d", "k") }) == nil {
			t.Error("it writes")
		}
		if err != nil || len(seen) != 2 || seen[0] != 1 || seen[1] != 1 || count(t, d) != 3 {
			t.Errorf("seen %v, then %d, %v", seen, count(t, d), err)
		}
	})
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := insert(ctx, tx, "a", "k"); err != nil {
				return err
			}
			if n := count(t, d); n != 0 {
				t.Errorf("a reader sees %d uncommitted rows", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, d); n != 1 {
			t.Errorf("a reader sees %d committed rows, want 1", n)
		}
	})
}

func TestKindsOfErrors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		do := func(sql string) error {
			return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
		}
		for _, sql := range []string{
			"CREATE TABLE one (id TEXT NOT NULL PRIMARY KEY, a BIGINT NOT NULL, b BIGINT NOT NULL)",
			"CREATE UNIQUE INDEX one_ab ON one (a, b)",
			"CREATE TABLE two (id TEXT NOT NULL PRIMARY KEY REFERENCES one (id))",
			"INSERT INTO one (id, a, b) VALUES ('x', 1, 2)",
		} {
			if err := do(sql); err != nil {
				t.Fatal(err)
			}
		}
		key := do("INSERT INTO one (id, a, b) VALUES ('x', 3, 4)")
		pair := do("INSERT INTO one (id, a, b) VALUES ('y', 1, 2)")
		orphan := do("INSERT INTO two (id) VALUES ('nobody')")
		missing := do("INSERT INTO one (id, a) VALUES ('z', 1)")
		for _, c := range []struct {
			name string
			got  bool
			want bool
		}{
			{"primary key, any", db.IsUnique(key), true},
			{"primary key, named", db.IsUnique(key, "one.id"), true},
			{"primary key, other named", db.IsUnique(key, "one.a", "one.b"), false},
			{"pair, named", db.IsUnique(pair, "one.b", "one.a"), true},
			{"pair, half named", db.IsUnique(pair, "one.a"), false},
			{"orphan is no unique", db.IsUnique(orphan), false},
			{"orphan", db.IsForeignKey(orphan), true},
			{"pair is no orphan", db.IsForeignKey(pair), false},
			{"null is neither", db.IsUnique(missing) || db.IsForeignKey(missing) || db.IsRefused(missing), false},
			{"no error", db.IsUnique(nil) || db.IsForeignKey(nil) || db.IsRefused(nil), false},
		} {
			if c.got != c.want {
				t.Errorf("%s: %v, want %v (%v, %v, %v, %v)", c.name, c.got, c.want, key, pair, orphan, missing)
			}
		}
	})
}

func TestValuesComeBackAsTheyWent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		type value struct {
			bun.BaseModel `bun:"table:kept"`
			ID            string
			Big           int64
			Yes           bool
			Bytes         []byte
			Absent        *int64
			Text          string
		}
		kind := map[db.Engine]string{db.SQLite: "INTEGER, bytes BLOB", db.PostgreSQL: "BOOLEAN, bytes BYTEA"}[d.Engine()]
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "CREATE TABLE kept (id TEXT, big BIGINT, yes "+kind+", absent BIGINT, text TEXT)")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		in := value{ID: "1", Big: 1<<62 + 1, Yes: true, Bytes: []byte{0, 255, '\'', '\\'}, Text: `门 'quoted' \ ? $1 ?0 "x" -- ;`}
		if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&in).Exec(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var out value
		if err := d.Read().NewSelect().Model(&out).Where("text = ?", in.Text).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if out.Big != in.Big || out.Yes != in.Yes || string(out.Bytes) != string(in.Bytes) || out.Absent != nil || out.Text != in.Text {
			t.Errorf("out = %+v, want %+v", out, in)
		}
	})
}

func TestPreparedStatements(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add, err := d.PrepareWrite(t.Context(), "INSERT INTO acts (id, at, person, kind, subject, camera, detail) VALUES (?, ?, '?', ?, '', '', '{}')")
		if err != nil {
			t.Fatal(err)
		}
		defer add.Close()
		if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.StmtContext(ctx, add).ExecContext(ctx, "a", 7, "k")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		get, err := d.PrepareRead(t.Context(), "SELECT at, person FROM acts WHERE id = ? AND kind = ?")
		if err != nil {
			t.Fatal(err)
		}
		defer get.Close()
		var at int64
		var person string
		if err := get.QueryRowContext(t.Context(), "a", "k").Scan(&at, &person); err != nil || at != 7 || person != "?" {
			t.Errorf("at = %d, person = %q, err = %v", at, person, err)
		}
	})
}

func TestReadRefusesToWriteOnSQLite(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	if err := insert(t.Context(), d.Read(), "a", "k"); err == nil {
		t.Error("a reading connection wrote")
	}
}

func TestHealthyTellsOfAnAbsentDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Healthy(t.Context()); err != nil {
			t.Errorf("open: %v", err)
		}
		d.Close()
		if err := d.Healthy(t.Context()); problem.Of(err).Kind != problem.Unavailable {
			t.Errorf("closed: %v, want unavailable", err)
		}
	})
}

func TestOpenAgainKeepsTheRows(t *testing.T) {
	leak.Check(t)
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			o := dbtest.Options(t, engine)
			for n := range 2 {
				d, err := db.Open(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if got := count(t, d); got != n {
					t.Errorf("opened with %d rows, want %d", got, n)
				}
				if err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					return insert(ctx, tx, db.NewID(), "k")
				}); err != nil {
					t.Error(err)
				}
				d.Close()
			}
		})
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			o := dbtest.Options(t, engine)
			d, err := db.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
				return err
			})
			d.Close()
			if err != nil {
				t.Fatal(err)
			}
			if d, err := db.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "newer version") {
				if err == nil {
					d.Close()
				}
				t.Errorf("err = %v, want a refusal that says why", err)
			}
		})
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("this is no database, and it is long enough to be read as one's header ............................"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    db.Options
		want string
	}{
		{"nothing", db.Options{}, "no database named"},
		{"other scheme", db.Options{URL: "mysql://u:hidden@h/d"}, "postgres://"},
		{"bad URL", db.Options{URL: "postgres://u:hidden@h:port/d"}, "database URL"},
		{"nobody there", db.Options{URL: "postgres://u:hidden@127.0.0.1:1/d"}, "refused"},
		{"not a database", db.Options{Path: file}, "not a database"},
		{"under a file", db.Options{Path: filepath.Join(file, "x.db")}, "not a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := db.Open(t.Context(), c.o)
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("err = %v, want %q and no password", err, c.want)
			}
		})
	}
}

func TestFileIsPrivateAndOddPathsWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "数据 100%?#.db")
	d, err := db.Open(t.Context(), db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, p := range []string{path, path + "-wal"} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, want 0600", p, info.Mode().Perm())
		}
	}
}
