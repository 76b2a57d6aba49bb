package problem

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	original := New(Conflict, "camera_name_taken", "The name is taken.")
	first := original.With("name", "Gate")
	second := first.With("name", "Yard").With("by", 7).On("body.name").Because(fs.ErrExist)
	if d := cmp.Diff(&Error{Kind: Conflict, Code: "camera_name_taken", Detail: "The name is taken."}, original); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]any{"name": "Gate"}, first.Params); d != "" {
		t.Error(d)
	}
	want := &Error{Kind: Conflict, Code: "camera_name_taken", Detail: "The name is taken.", Field: "body.name",
		Params: map[string]any{"name": "Yard", "by": 7}, Err: fs.ErrExist}
	if d := cmp.Diff(*want, *second, cmp.Comparer(func(a, b error) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

func TestErrorIsForTheLog(t *testing.T) {
	e := New(Unavailable, "database_away", "The database does not answer.")
	if e.Error() != "database_away: The database does not answer." {
		t.Error(e.Error())
	}
	if got := e.Because(fs.ErrClosed).Error(); got != "database_away: The database does not answer.: file already closed" {
		t.Error(got)
	}
}

func TestMatching(t *testing.T) {
	taken, gone := New(Conflict, "taken", "Taken."), New(NotFound, "gone", "Gone.")
	deep := fmt.Errorf("saving: %w", taken.With("name", "Gate").Because(fs.ErrExist))
	if !errors.Is(deep, taken) || !errors.Is(deep, fs.ErrExist) {
		t.Error("neither the problem nor its cause is found")
	}
	if errors.Is(deep, gone) || errors.Is(taken, fs.ErrExist) {
		t.Error("matches another error")
	}
	if !errors.Is(gone.Because(taken), taken) {
		t.Error("a problem that caused another is not found")
	}
}

func TestOf(t *testing.T) {
	taken := New(Conflict, "taken", "Taken.")
	if got := Of(Wrap(Wrap(taken, "inner"), "outer")); got != taken {
		t.Errorf("%+v", got)
	}
	got := Of(Wrap(fs.ErrPermission, "opening /data/secret"))
	if got.Kind != Internal || got.Code != "internal_error" || !errors.Is(got, fs.ErrPermission) {
		t.Errorf("%+v", got)
	}
	if got.Detail != Of(errors.New("anything else")).Detail || len(got.Params) > 0 {
		t.Errorf("an internal error says more than that it is one: %q", got.Detail)
	}
}

func TestWrap(t *testing.T) {
	if Wrap(nil, "doing nothing") != nil {
		t.Error("an error out of nothing")
	}
	if err := Wrap(fs.ErrExist, "making the folder"); err.Error() != "making the folder: file already exists" || !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
}
