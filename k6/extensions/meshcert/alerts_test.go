// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func post(t *testing.T, url, body string) int {
	t.Helper()
	response, err := http.Post(url, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestAnAlertThatWasThereBeforeIsFoundWithItsInstant(t *testing.T) {
	receiver := newReceiver()
	url, err := receiver.listen()
	require.NoError(t, err)
	before := nowMs()
	require.Equal(t, http.StatusNoContent, post(t, url, `{"eventId":"a","risk":9}`))
	after := nowMs()
	at := receiver.await(context.Background(), "a", time.Second)
	require.NotNil(t, at)
	require.Greater(t, *at, before)
	require.Less(t, *at, after)
}

func TestARepeatMovesNothingAndIsCounted(t *testing.T) {
	receiver := newReceiver()
	receiver.deliver("a", 100)
	receiver.deliver("a", 200)
	require.InDelta(t, 100, *receiver.await(context.Background(), "a", 0), 0)
	require.Equal(t, 2, receiver.deliveries)
}

func TestAnAlertThatNeverComesIsNull(t *testing.T) {
	receiver := newReceiver()
	receiver.deliver("other", 1)
	require.Nil(t, receiver.await(context.Background(), "a", 20*time.Millisecond))
}

func TestALateAlertIsOverdueUntilItComes(t *testing.T) {
	receiver := newReceiver()
	require.Nil(t, receiver.await(context.Background(), "late", time.Millisecond))
	require.Nil(t, receiver.await(context.Background(), "lost", time.Millisecond))
	require.Equal(t, []string{"late", "lost"}, receiver.settle(context.Background(), 0))
	go receiver.deliver("late", 1)
	require.Equal(t, []string{"lost"}, receiver.settle(context.Background(), 200*time.Millisecond))
	go receiver.deliver("lost", 2)
	require.Empty(t, receiver.settle(context.Background(), 5*time.Second))
}

func TestAwaitingEndsWithTheVU(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Nil(t, newReceiver().await(ctx, "a", time.Minute))
}

func TestOneVUAwaitingDoesNotHoldUpAnother(t *testing.T) {
	receiver := newReceiver()
	first := make(chan *float64)
	go func() { first <- receiver.await(context.Background(), "late", 10*time.Second) }()
	receiver.deliver("early", 1)
	require.NotNil(t, receiver.await(context.Background(), "early", time.Second))
	receiver.deliver("late", 2)
	require.InDelta(t, 2, *<-first, 0)
}

func TestWhatIsNoAlertIsRefusedAndCounted(t *testing.T) {
	receiver := newReceiver()
	url, err := receiver.listen()
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, post(t, url, `[]`))
	require.Equal(t, http.StatusBadRequest, post(t, url, `{"eventId":""}`))
	require.Equal(t, http.StatusBadRequest, post(t, url, `{"eventId":"`+strings.Repeat("x", largestAlert)+`"}`))
	require.Equal(t, 3, receiver.malformed)
	require.Zero(t, receiver.deliveries)
}
