package position_test

import (
	"context"
	"io/fs"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/testkit/dbtest"
)

// TestAHouseThatHadItsOwnPrincipal: where an institution has added a position with the code of
// one that came later with the program, it is the program's from then on, with the name that
// people know.
func TestAHouseThatHadItsOwnPrincipal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		folder, engine := db.Migrations(d.Engine()), ""
		if d.Engine() == db.PostgreSQL {
			engine = " ON positions"
		}
		again, err := fs.ReadFile(folder, "0122_principal_contractor.sql")
		if err != nil {
			t.Fatal(err)
		}
		err = d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, sql := range []string{
				"DROP TRIGGER positions_keep_code" + engine, "DROP TRIGGER positions_no_delete" + engine,
				"DELETE FROM positions WHERE code = 'contractor'",
				"UPDATE positions SET name_zh = '厂长', name_en = 'Head of the works', basis = 'operator', created_at = 5, retired_at = 9 WHERE code = 'principal'",
				"CREATE TRIGGER positions_keep_code BEFORE UPDATE OF code ON positions " + map[bool]string{true: "FOR EACH ROW EXECUTE FUNCTION refuse_change()", false: "BEGIN SELECT 1; END"}[engine != ""],
				string(again),
			} {
				if _, err := tx.ExecContext(ctx, sql); err != nil {
					return err
				}
			}
			for kind, detail := range map[string]map[string]any{ // what the house did with its own
				position.KindAdded: {"nameZh": "厂长", "nameEn": "Head of the works", "basis": "operator"}, position.KindRetired: {},
			} {
				if err := ledger.Record(ctx, tx, access.CommandLine().Act(5, kind, "principal", "", detail)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		acts, passed, err := facts.Acts(t.Context(), d.Read(), position.KindAdded, position.KindRetired)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := position.Differ(t.Context(), d.Read(), acts, passed); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
		all, err := h.List(t.Context())
		if err != nil || len(all) != len(access.Positions()) {
			t.Fatalf("%d, %v", len(all), err)
		}
		for _, p := range all {
			switch p.Code {
			case access.Principal:
				if p.Name != named("厂长", "Head of the works") || p.Basis != "" || p.CreatedAt != 0 || !p.InUse() {
					t.Errorf("%+v", p)
				}
			case access.Contractor:
				if p.Name != named("承包商/外包人员", "Contractor") || p.CreatedAt != 0 {
					t.Errorf("%+v", p)
				}
			}
		}
	})
}
