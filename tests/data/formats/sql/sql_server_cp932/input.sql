USE [人事];
GO
INSERT [dbo].[社員] ([社員番号], [氏名]) VALUES (N'0012', N'田中 三郎')
GO
INSERT INTO "社員" ("社員番号", "氏名") SELECT '0013', '森 花' FROM dual;
INSERT ALL INTO shain (no, name) VALUES ('1', '林 葉') INTO shain (no, name) VALUES ('2', TO_CHAR('原 野')) SELECT 1 FROM dual;
INSERT INTO shain VALUES ('3', '閉じない
