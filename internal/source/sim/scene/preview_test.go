package scene

import (
	"image"
	"image/png"
	"os"
	"testing"
	"time"
)

func TestPreview(t *testing.T) {
	for _, s := range All() {
		t0 := time.Now()
		r, err := NewRenderer(s, 1280, 720)
		if err != nil {
			t.Fatal(err)
		}
		t1 := time.Now()
		img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
		r.Draw(img, Picture{Time: 4.6, Number: 12345, Caption: s.Title, Clock: "LOOP 04.6"})
		t2 := time.Now()
		r.Draw(img, Picture{Time: 4.7, Number: 12345, Caption: "CAM 01  " + s.Title, Clock: "LOOP 04.6"})
		t3 := time.Now()
		t.Log(s.ID, "bake", t1.Sub(t0), "first", t2.Sub(t1), "next", t3.Sub(t2))
		f, _ := os.Create("/tmp/simw/" + s.ID + ".png")
		png.Encode(f, img)
		f.Close()
	}
}
