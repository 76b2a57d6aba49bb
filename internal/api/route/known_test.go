package route

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestUnknownParametersAreRefused(t *testing.T) {
	mux := testRouter().Mux()
	for query, want := range map[string]string{
		"": `"n"`, "?q=ok": `"n"`, "?Q=ok": `"parameter":"Q"`, "?q=ok&codecs=h264": `"location":"query.codecs"`, "?x": `"code":"parameter_unknown"`,
	} {
		w := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodPost, "/open"+query, strings.NewReader(`{"name":"n"}`))
		req.Header.Set("Content-Type", "application/json")
		mux.ServeHTTP(w, req)
		if refused := w.Code == http.StatusUnprocessableEntity; refused != strings.Contains(want, "param") && refused != strings.Contains(want, "query.") || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d %s, want %s", query, w.Code, w.Body, want)
		}
	}
}
