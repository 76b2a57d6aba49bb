package viewing

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWritesEndWithTheRight(t *testing.T) {
	var out bytes.Buffer
	ended := errors.New("signed out")
	ctx, cancel := context.WithCancelCause(t.Context())
	w := while(ctx, &out)
	if n, err := w.Write([]byte("one")); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	cancel(ended)
	if _, err := w.Write([]byte("two")); !errors.Is(err, ended) || out.String() != "one" {
		t.Errorf("%v %q", err, &out)
	}
}

func TestTheConnectionIsReached(t *testing.T) {
	recorder := httptest.NewRecorder()
	if err := http.NewResponseController(allowed{recorder, recorder}).Flush(); err != nil || !recorder.Flushed {
		t.Error(err)
	}
}

func TestMimeOf(t *testing.T) {
	for codecs, want := range map[string]string{
		"": "video/mp4", "avc1.64001F,mp4a.40.2": `video/mp4; codecs="avc1.64001F,mp4a.40.2"`,
	} {
		if got := mimeOf(codecs); got != want {
			t.Errorf("%q: %s", codecs, got)
		}
	}
}
