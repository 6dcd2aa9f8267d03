"""What may stand in a statement, and what is said of the rest."""

import re

from sqlglot import exp

RESERVES = frozenset(
    re.findall(
        r"\w+",
        """
        ADD ALL ALTER AND ANY AS ASC AUTHORIZATION BACKUP BEGIN BETWEEN BREAK BROWSE BULK BY CASCADE CASE CHECK
        CHECKPOINT CLOSE CLUSTERED COALESCE COLLATE COLUMN COMMIT COMPUTE CONSTRAINT CONTAINS CONTAINSTABLE CONTINUE
        CONVERT CREATE CROSS CURRENT CURSOR DATABASE DBCC DEALLOCATE DECLARE DEFAULT DELETE DENY DESC DISK DISTINCT
        DISTRIBUTED DOUBLE DROP DUMP ELSE END ERRLVL ESCAPE EXCEPT EXEC EXECUTE EXISTS EXIT EXTERNAL FETCH FILE
        FILLFACTOR FOR FOREIGN FREETEXT FREETEXTTABLE FROM FULL FUNCTION GOTO GRANT GROUP HAVING HOLDLOCK IDENTITY
        IDENTITYCOL IDENTITY_INSERT IF IN INDEX INNER INSERT INTERSECT INTO IS JOIN KEY KILL LEFT LIKE LINENO LOAD MERGE
        NATIONAL NOCHECK NONCLUSTERED NOT NULL NULLIF OF OFF OFFSETS ON OPEN OPENDATASOURCE OPENQUERY OPENROWSET OPENXML
        OPTION OR ORDER OUTER OVER PERCENT PIVOT PLAN PRECISION PRIMARY PRINT PROC PROCEDURE PUBLIC RAISERROR READ
        READTEXT RECONFIGURE REFERENCES REPLICATION RESTORE RESTRICT RETURN REVERT REVOKE RIGHT ROLLBACK ROWCOUNT
        ROWGUIDCOL RULE SAVE SCHEMA SELECT SET SETUSER SHUTDOWN SOME STATISTICS TABLE TABLESAMPLE TEXTSIZE THEN TO TOP
        TRAN TRANSACTION TRIGGER TRUNCATE TSEQUAL UNION UNIQUE UNPIVOT UPDATE UPDATETEXT USE USER VALUES VARYING VIEW
        WAITFOR WHEN WHERE WHILE WITH WRITETEXT
        """,
    )
)
"""T-SQL's reserved words (Microsoft's list): none of them is a name unless it is quoted."""

NOMS_DE_REFUS: dict[type[exp.Expr], str] = {
    exp.Execute: "EXEC", exp.IfBlock: "IF", exp.WhileBlock: "WHILE", exp.Lateral: "APPLY",
    exp.ForClause: "FOR XML/JSON", exp.QueryOption: "OPTION", exp.TruncateTable: "TRUNCATE TABLE",
    exp.StoredProcedure: "PROCEDURE", exp.UserDefinedFunction: "FUNCTION", exp.Returning: "OUTPUT",
    exp.GeneratedAsIdentityColumnConstraint: "IDENTITY", exp.ComputedColumnConstraint: "colonne calculée",
    exp.CheckColumnConstraint: "CHECK", exp.Reference: "REFERENCES", exp.AtTimeZone: "AT TIME ZONE",
    exp.TableSample: "TABLESAMPLE", exp.GroupingSets: "GROUPING SETS", exp.NextValueFor: "NEXT VALUE FOR",
    exp.TryCast: "TRY_CAST", exp.AlterColumn: "ALTER COLUMN", exp.Set: "SET", exp.SetItem: "SET",
    exp.Placeholder: "? (paramètre sans nom)", exp.CurrentUser: "SYSTEM_USER",
    exp.Dot: "fonction d’un schéma",
}  # fmt: skip
"""What a person calls them, where the name of the node does not say it."""

PERMIS: frozenset[type[exp.Expr]] = frozenset({
    exp.Expr, exp.Add, exp.AddConstraint, exp.Alias, exp.Alter, exp.And, exp.Anonymous, exp.Between, exp.CTE,
    exp.Case, exp.Cast, exp.ClusteredColumnConstraint, exp.Collate, exp.CollateColumnConstraint, exp.Column,
    exp.ColumnConstraint, exp.ColumnDef, exp.Constraint, exp.Convert, exp.Create, exp.CurrentTimestamp,
    exp.DataType, exp.DataTypeParam, exp.DefaultColumnConstraint, exp.Delete, exp.Distinct, exp.Div, exp.Drop,
    exp.EQ, exp.Escape, exp.Except, exp.Exists, exp.Fetch, exp.From, exp.GT, exp.GTE, exp.Group, exp.Having,
    exp.HexString, exp.Identifier, exp.If, exp.In, exp.Index, exp.IndexParameters, exp.Insert, exp.Intersect,
    exp.Into, exp.Is, exp.Join, exp.LT, exp.LTE, exp.Like, exp.Limit, exp.LimitOptions, exp.Literal, exp.Mod,
    exp.Mul, exp.NEQ, exp.National, exp.Neg, exp.NonClusteredColumnConstraint, exp.Not, exp.NotNullColumnConstraint,
    exp.Null, exp.Offset, exp.Or, exp.Order, exp.Ordered, exp.Parameter, exp.Paren, exp.PrimaryKey,
    exp.PrimaryKeyColumnConstraint, exp.Properties, exp.Schema, exp.Select, exp.Star, exp.Sub, exp.Subquery,
    exp.Table, exp.TableAlias, exp.TemporaryProperty, exp.Tuple, exp.Union, exp.UniqueColumnConstraint, exp.Update,
    exp.Values, exp.Var, exp.Where, exp.Window, exp.With, exp.WithTableHint,
})  # fmt: skip
"""Every node the translation knows; one more in a tree, and the statement is refused by its name."""

DETAILS = {
    "limit_options": "TOP … PERCENT ou WITH TIES",
    "for_": "FOR XML/JSON", "options": "OPTION", "pivots": "PIVOT", "sample": "TABLESAMPLE", "laterals": "APPLY",
    "returning": "OUTPUT", "rollup": "ROLLUP", "cube": "CUBE", "grouping_sets": "GROUPING SETS",
}  # fmt: skip
"""The same for the parts of a node."""
