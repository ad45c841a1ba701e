// The checks of pgx: each prints a line of JSON; see test/support/client-checks.ts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

var isLens = os.Getenv("CHECK_SERVER") == "lens"

// Longer than any check takes, so that only one that hangs reaches it.
const checkTimeout = time.Minute

// Longer than anybody waits.
const slow = `SELECT count(*) FROM transactions a, transactions b, transactions c
	WHERE a.amount + b.amount + c.amount < 0`

const everyType = `SELECT customer_id, zone, is_active, account_balance, credit_score, onboarding_date, date_of_birth,
		account_balance::float8 AS float8, credit_score::float4 AS float4, credit_score::int2 AS int2,
		onboarding_date::timestamptz AS timestamptz, onboarding_date::time AS time,
		ARRAY[zone, NULL, city] AS texts, ARRAY[customer_id, 1] AS longs, NULL::text AS nothing
	FROM customers ORDER BY customer_id LIMIT 40`

const everyID = "SELECT transaction_id, amount FROM transactions ORDER BY transaction_id"

// either is the statement for the server at hand: PostgreSQL has only the aggregate that a measure stands for.
func either(lens, postgres string) string {
	if isLens {
		return lens
	}
	return postgres
}

var measures = either(
	"SELECT zone, MEASURE(customer_count), total_balance FROM customers GROUP BY zone ORDER BY zone",
	"SELECT zone, count(*), sum(account_balance) FROM customers GROUP BY zone ORDER BY zone")

// check runs one. What the function returns has to be the same from the lens and from PostgreSQL.
func check(name string, body func(ctx context.Context) (any, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	line := map[string]any{"name": name, "ok": true}
	answer, err := body(ctx)
	if err != nil {
		line["ok"], line["detail"] = false, err.Error()
	} else {
		line["answer"] = shown(answer)
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// shown is a value with its type, so that a value of another type is another answer.
func shown(value any) any {
	switch value := value.(type) {
	case nil, bool, string:
		return value
	case []any:
		all := make([]any, len(value))
		for place, item := range value {
			all[place] = shown(item)
		}
		return all
	case [][]any:
		all := make([]any, len(value))
		for place, item := range value {
			all[place] = shown(item)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for name, item := range value {
			all[name] = shown(item)
		}
		return all
	case time.Time:
		return "time " + value.Format(time.RFC3339Nano)
	case pgtype.Numeric:
		text, err := value.MarshalJSON()
		return fmt.Sprintf("numeric %s %v", text, err)
	default:
		return fmt.Sprintf("%T %v", value, value)
	}
}

// connectionURL leads to the server at hand; options are parameters of the connection.
func connectionURL(host string, options map[string]string) string {
	query := url.Values{"sslmode": {"disable"}}
	for name, value := range options {
		query.Set(name, value)
	}
	place := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(os.Getenv("CHECK_USER"), os.Getenv("CHECK_PASSWORD")),
		Host:     host + ":" + os.Getenv("CHECK_PORT"),
		Path:     os.Getenv("CHECK_DATABASE"),
		RawQuery: query.Encode(),
	}
	return place.String()
}

func connect(ctx context.Context, options map[string]string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, connectionURL(os.Getenv("CHECK_HOST"), options))
}

// withConnection gives a body a connection of its own.
func withConnection(
	options map[string]string, body func(ctx context.Context, conn *pgx.Conn) (any, error),
) func(context.Context) (any, error) {
	return func(ctx context.Context) (any, error) {
		conn, err := connect(ctx, options)
		if err != nil {
			return nil, err
		}
		defer conn.Close(ctx)
		return body(ctx, conn)
	}
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// rows are all rows of a statement.
func rows(ctx context.Context, conn querier, sql string, args ...any) ([][]any, error) {
	result, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return readAll(result)
}

func readAll(result pgx.Rows) ([][]any, error) {
	defer result.Close()
	var all [][]any
	for result.Next() {
		values, err := result.Values()
		if err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, result.Err()
}

// failure has every field of the error that the server sent.
func failure(err error) (any, error) {
	var sent *pgconn.PgError
	if !errors.As(err, &sent) {
		return nil, fmt.Errorf("no error of the server's: %v", err)
	}
	return []any{sent.Severity, sent.Code, sent.Message, sent.Detail, sent.Hint, sent.Position}, nil
}

func main() {
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		statementChecks(mode)
	}
	batchChecks()
	transactionChecks()
	typeChecks()
	sessionChecks()
	databaseSQLChecks()
}
