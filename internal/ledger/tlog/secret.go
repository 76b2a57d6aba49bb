package tlog

import (
	"crypto/hkdf"
	"crypto/sha256"
	"io/fs"
)

// Secret derives 32 bytes for a purpose from the key that signs the log (RFC 5869): what is
// authenticated with them was written by somebody who may sign for this node. It is nil
// where the key is not here, or may not be read by this process.
func (b Book) Secret(purpose string) []byte {
	key, err := fs.ReadFile(b.FS, keyName)
	if err != nil || len(key) == 0 {
		return nil
	}
	secret, err := hkdf.Key(sha256.New, key, nil, "watchroom "+purpose, sha256.Size)
	if err != nil {
		return nil
	}
	return secret
}
